#ifndef SYNCBRIDGE_CPOSTGRES_SHIM_H
#define SYNCBRIDGE_CPOSTGRES_SHIM_H
#include <libpq-fe.h>
/* PG_DIAG_* are character literals, which Swift does not import. */
enum {
  cpostgres_diag_severity = PG_DIAG_SEVERITY_NONLOCALIZED,
  cpostgres_diag_sqlstate = PG_DIAG_SQLSTATE,
  cpostgres_diag_message = PG_DIAG_MESSAGE_PRIMARY,
  cpostgres_diag_detail = PG_DIAG_MESSAGE_DETAIL,
  cpostgres_diag_hint = PG_DIAG_MESSAGE_HINT,
  cpostgres_diag_position = PG_DIAG_STATEMENT_POSITION,
  cpostgres_diag_schema = PG_DIAG_SCHEMA_NAME,
  cpostgres_diag_table = PG_DIAG_TABLE_NAME,
  cpostgres_diag_column = PG_DIAG_COLUMN_NAME,
  cpostgres_diag_constraint = PG_DIAG_CONSTRAINT_NAME,
};
#endif

#ifndef SYNCBRIDGE_CYAML_SHIM_H
#define SYNCBRIDGE_CYAML_SHIM_H
#include <yaml.h>
#endif

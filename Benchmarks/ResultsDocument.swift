/// The last results, as a page of the documentation.
struct ResultsDocument {
    var machine: Machine
    var rows: Int
    var results: [Measurement]

    var text: String {
        var text = """
            # Figures

            The last run of `scripts/bench`, which writes this page. A ratio compares two programs in one run on one
            machine; a time alone is of that machine only.

            Machine: \(machine.text). Plans read \(rows) rows.

            | what | measured | reach | |
            |---|---|---|---|

            """
        for result in results {
            text += "| \(result.what) | \(result.measured) | \(result.reach ?? "") | \(result.verdict) |\n"
        }
        return text + """

            - *COPY* is `psql \\copy (the same rows, in the same order) to /dev/null`, run by turns with the program; the ratio is
              of the two wall times of one round, and the median of all rounds counts.
            - *Peak* is the most memory that the real program `syncbridge` had at any moment, as the system counts it.
            - The table has twelve columns, all of them mapped: transforms on three, a choice, a date, two moments, decimals,
              a boolean; its rows go to four lists by three rules and a default.
            - The ledger is filled by the program's own evaluation of each row, not by pushing a million items.
            - Everything runs on the one machine: the program, its peers, the servers, the simulated service, and whatever else
              the machine did at the time, which the load says. A plan without changes is work for three processes at a
              time (the program, and a server process for each of the two tables), `COPY` is work for two: on two
              processors, and on fewer that are left, they take turns. More processors would help most; then the
              program's own time for a row.
            - A push is bound by how much it may have under way (16 batches of 20), by what the meta-store commits, and by the
              processors, which the simulated service shares. It begins with 4 batches at a time. The rate leaves out
              what an apply without changes takes.
            - The ledger's protocol commits twice for each batch, before and after the request. The bare upsert that it is
              compared with commits once, its table has one index and four columns.

            [What is missed](performance.md), and what would close it.

            `scripts/bench NAME…` measures single rows, `--rows N` with another table, `--list` shows the names.

            """
    }
}

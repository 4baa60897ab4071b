/// The offline check of a large tree.
struct ValidateDocuments: Benchmark {
    let name = "validate"
    let summary = "validate of 1,000 documents"

    func run(_ bench: Workbench) async throws -> [Measurement] {
        let file = try Files.temporary("tree") + ".yaml"
        try Files.write(tree(definitions: 499), to: file)
        var times: [Double] = []
        var peak = 0
        for round in 0...bench.rounds {
            let finished = try ChildProcess.expect([bench.program, "validate", "-f", file])
            peak = max(peak, finished.peakBytes)
            if round > 0 { times.append(finished.seconds) }
        }
        return [
            Measurement(
                "validate of 1,000 documents", "\(times.summary(2)) s", reach: "≤ 0.5 s",
                isReached: times.median <= 0.5),
            Measurement("its peak memory", "\(fixed(Double(peak) / 1_048_576, 1)) MiB"),
        ]
    }

    /// Two profiles, and two documents for each definition.
    private func tree(definitions: Int) -> String {
        var documents = [
            """
            apiVersion: syncbridge.arcore.io/v1
            kind: ConnectionProfile
            metadata: { name: warehouse }
            spec: { type: POSTGRES, config: { dsn: { secretRef: { env: WAREHOUSE_DSN } } } }
            """,
            """
            apiVersion: syncbridge.arcore.io/v1
            kind: ConnectionProfile
            metadata: { name: contoso }
            spec:
              type: SHAREPOINT
              config:
                tenantId: contoso.onmicrosoft.com
                clientId: 11111111-1111-1111-1111-111111111111
                credential: { clientSecret: { secretRef: { env: CONTOSO_CLIENT_SECRET } } }
                site: { hostname: contoso.sharepoint.com, path: /sites/Operations }
                timeZone: Europe/Berlin
            """,
        ]
        for number in 1...definitions {
            documents.append(
                """
                apiVersion: syncbridge.arcore.io/v1
                kind: FieldMapping
                metadata: { name: fields-\(number) }
                spec:
                  fields:
                    - { source: name, target: Title }
                    - { source: code, target: Code, transform: [TRIM, UPPERCASE], indexed: true, shareable: true }
                    - { source: cost, target: Cost, type: { currency: { locale: en-us } } }
                    - { source: started_on, target: StartedOn, type: dateOnly, indexed: true }
                    - { source: state, target: State, transform: [{ MAP: { A: Active, C: Closed } }, { DEFAULT: Unknown }] }
                """)
            documents.append(
                """
                apiVersion: syncbridge.arcore.io/v1
                kind: SyncDefinition
                metadata: { name: table-\(number) }
                spec:
                  source: { profile: warehouse, table: public.table_\(number), key: [id], where: "deleted_at IS NULL" }
                  target: { profile: contoso }
                  sharding:
                    rules:
                      - { when: { state: A }, list: Table_\(number)_Active }
                      - { default: Table_\(number)_Rest }
                  mapping: { ref: fields-\(number) }
                  deletes: PROPAGATE
                """)
        }
        return documents.joined(separator: "\n---\n") + "\n"
    }
}

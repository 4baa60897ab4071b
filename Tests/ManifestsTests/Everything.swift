extension LoadingTests {
    /// The smallest document that has everything it needs.
    static let smallest = """
        apiVersion: syncbridge.arcore.io/v1
        kind: SyncDefinition
        metadata: { name: projects }
        spec:
          source: { table: public.projects }
          target: { list: Projects }
          deletes: PROPAGATE
        """

    /// The full form, with every key that this version can do.
    static let everything = #"""
        apiVersion: syncbridge.arcore.io/v1
        kind: Project
        metadata: { name: operations, labels: { team: data } }
        spec:
          metaStore: { dsn: { secretRef: { env: META_DSN } }, schema: bridge }
          variables: { region: emea, prefix: "P_${region}" }
          guards: { maxDeletes: 30, maxDeletePercent: 7.5, maxUpdatePercent: 95, maxRejectedPercent: 2 }
          retention: { runs: 10d, tombstones: 3d, conflicts: 4d }
          allow:
            - { hazard: COLUMN_DELETE_DATA, at: "column/contoso/Projects_Active/Legacy", reason: "replaced by Cost", until: 2027-03-31, max: 2000 }
        ---
        apiVersion: syncbridge.arcore.io/v1
        kind: ConnectionProfile
        metadata: { name: warehouse }
        spec:
          type: POSTGRES
          config:
            host: db.example.com
            port: 6432
            database: warehouse
            user: sync
            password: { secretRef: { file: secrets/password } }
            sslMode: verify-ca
            sslRootCert: certs/root.pem
        ---
        apiVersion: syncbridge.arcore.io/v1
        kind: ConnectionProfile
        metadata: { name: contoso }
        spec:
          type: SHAREPOINT
          config:
            tenantId: 6f2a0f0e-8f5d-4d5e-9d55-0a6d1c1f7b11
            clientId: 0d9b2a34-1c53-4a63-8f0e-6d4b6f0c2e22
            credential: { clientSecret: { secretRef: { env: CONTOSO_CLIENT_SECRET } } }
            identities: {}
            site: { hostname: Contoso.sharepoint.com, path: /sites/Operations }
            cloud: usGovernment
            endpoints: { graph: "${GRAPH_URL:-}", authority: "http://127.0.0.1:8080" }
            timeZone: Europe/Berlin
            quota: { licences: 5000, share: 50 }
            store: false
        ---
        apiVersion: syncbridge.arcore.io/v1
        kind: ShardingPolicy
        metadata: { name: by-status }
        spec:
          unrouted: hold
          rules:
            - { when: { status: Active }, list: Projects_Active }
            - { when: { status: [Closed, null], closed_at: { olderThan: 90d } }, list: Projects_Closed }
            - when: { any: [{ cost: { gte: 0x10, lt: 1e3 } }, { not: { code: { prefix: A, ne: null } } }] }
              list: Projects_Other
            - { when: { columns: { all: { isNull: false, notIn: [a, null] } } }, list: "${prefix}" }
            - { default: Projects_Archive }
        ---
        apiVersion: syncbridge.arcore.io/v1
        kind: FieldMapping
        metadata: { name: project-fields }
        spec:
          auto: { skip: [internal_notes] }
          fields:
            - { source: name, target: Title }
            - { source: project_cost, target: ProjectCost, type: { currency: { locale: en-us } }, shareable: true, sensitivity: internal }
            - { source: code, target: Code, transform: [TRIM, UPPERCASE], unique: true, displayName: Code, description: "A code" }
            - { source: started_on, target: StartedOn, type: dateOnly, indexed: true }
            - { source: state, target: State, transform: [{ MAP: { A: Active, C: Closed } }, { DEFAULT: Unknown }] }
            - { expression: "coalesce(a, 'x')", target: Sum, type: { number: { decimalPlaces: two, minimum: 0, maximum: 9.5 } }, required: true }
            - { target: Remarks, type: multilineText, owner: target }
            - { target: Level, owner: target, type: { choice: { choices: [Low, High], displayAs: radioButtons } }, default: Low }
            - { target: Flag, owner: target, type: boolean, default: true }
            - { target: Due, owner: target, type: { dateTime: { format: dateOnly } }, default: { formula: "=Today" } }
            - { source: tags, target: Tags, type: { multiChoice: { choices: [a, b], allowTextEntry: true } } }
            - { source: note, target: Note, type: { text: { maxLength: 50 } }, transform: [{ REPLACE: [a, b] }, { TRUNCATE: 50 }] }
            - { source: n, target: Number_, transform: [{ SCALE: 0.01 }, { ROUND: 2 }] }
            - { source: d, target: Day, transform: [{ DATE_FORMAT: "yyyy-MM-dd" }] }
            - { source: l, target: Joined, transform: { JOIN: ", " } }
            - { source: z, target: Zero, transform: [{ NULL_IF: "" }, { SPLIT: ";" }] }
        ---
        apiVersion: syncbridge.arcore.io/v1
        kind: SyncDefinition
        metadata: { name: projects, renamedFrom: [old-projects] }
        spec:
          source: { profile: warehouse, table: '"My Schema"."Odd.Table"', key: [id], where: "deleted_at IS NULL", capture: SNAPSHOT }
          target: { profile: contoso }
          mode: ONE_WAY_PUSH
          sharding: { policy: by-status }
          mapping: { ref: project-fields }
          deletes: MARK
          onDrift: REPORT
          suspend: true
          allowTargetCreates: false
          guards: { maxDeletes: 5 }
          lists:
            Projects_Active: { displayName: "Projects – active", description: "Kept by SyncBridge", adopt: true, deletionPolicy: Retain, ignoreColumns: [Legacy], statusColumn: false }
        """#
}

import Core

/// What a value in a manifest may look like. One description feeds the check, the defaults, the JSON Schema and the
/// reference, so that they cannot disagree.
indirect enum Shape: Sendable {
    case text(TextForm)
    case integer(ClosedRange<Int>)
    case number(ClosedRange<Double>)
    case boolean
    /// Null, a truth value, a number or a text: what it means is a matter of the column it is compared with or written to.
    case scalar
    /// A number other than zero, kept as its decimal text.
    case factor
    /// Whatever YAML can say.
    case anything
    /// One of a closed list of words; `code` is what any other is reported as.
    case word([Word], code: DiagnosticCode = .badValue)
    case list(of: Shape, atLeast: Int)
    /// A mapping whose keys the author chooses.
    case dictionary(keys: TextForm, of: Shape)
    case object(ObjectShape)
    /// A secret, which is never written out: `{ secretRef: { env: NAME } }` or `{ secretRef: { file: PATH } }`.
    case secret
    /// One shape for each form a value may be written in; `nil` where that form is not allowed.
    case either(scalar: Shape?, list: Shape?, mapping: Shape?)
    /// A shape that may contain itself.
    case named(NamedShape)
}

/// Shapes with a name of their own in the JSON Schema.
enum NamedShape: String, Sendable, CaseIterable {
    case condition, columnType, transform

    var shape: Shape {
        switch self {
        case .condition: ConditionSchema.shape
        case .columnType: ColumnTypeSchema.shape
        case .transform: TransformSchema.shape
        }
    }
}

/// A word of a closed list.
struct Word: Sendable {
    var name: String
    var doc: String
    /// `false`: understood, but nothing in this version can do it.
    var isSupported: Bool

    init(_ name: String, _ doc: String = "", isSupported: Bool = true) {
        self.name = name
        self.doc = doc
        self.isSupported = isSupported
    }
}

/// The keys of a mapping.
struct ObjectShape: Sendable {
    /// What it is, with its article: `a sharding rule`.
    var noun: String
    var keys: [Key]
    /// The shape of every key that `keys` does not name; `nil`: there are no others.
    var others: Shape?
    /// Exactly one key may be there: `{ currency: {…} }`.
    var holdsOneKey: Bool
    /// Groups of keys of which at most one group may be used.
    var exclusive: [[String]]
    /// Keys of which at least one must be there.
    var needsOneOf: [String]
    /// What to do when none of them is there; `nil`: their descriptions say it.
    var missingHelp: String?
    /// A key whose word decides the shape of another.
    var variants: Variants?
    /// What a key that is not listed is reported as.
    var unknownKeyCode: DiagnosticCode

    struct Variants: Sendable {
        var discriminator: String
        var key: String
        var shapes: [(word: String, shape: ObjectShape)]
    }

    init(
        _ noun: String, _ keys: [Key], others: Shape? = nil, holdsOneKey: Bool = false, exclusive: [[String]] = [],
        needsOneOf: [String] = [], missingHelp: String? = nil, variants: Variants? = nil,
        unknownKeyCode: DiagnosticCode = .unknownKey
    ) {
        self.noun = noun
        self.keys = keys
        self.others = others
        self.holdsOneKey = holdsOneKey
        self.exclusive = exclusive
        self.needsOneOf = needsOneOf
        self.missingHelp = missingHelp
        self.variants = variants
        self.unknownKeyCode = unknownKeyCode
    }

    func key(_ name: String) -> Key? { keys.first { $0.name == name } }
}

/// One key of a mapping.
struct Key: Sendable {
    /// What of a key this version cannot do.
    enum Support: Sendable {
        case full
        /// Writing it at all is `NOT_IMPLEMENTED`.
        case never
        /// `true`, a collection that is not empty, or a word other than the default is.
        case onlyOff
    }

    var name: String
    var shape: Shape
    var doc: String
    /// Why a value must be written; `nil`: it need not be.
    var required: Requirement?
    /// The value of a key that nobody wrote.
    var defaultValue: JSON?
    var support: Support

    enum Requirement: Sendable {
        case plain
        /// With a help of its own.
        case explained(String)
    }

    init(
        _ name: String, _ shape: Shape, _ doc: String, required: Requirement? = nil, default defaultValue: JSON? = nil,
        support: Support = .full
    ) {
        self.name = name
        self.shape = shape
        self.doc = doc
        self.required = required
        self.defaultValue = defaultValue
        self.support = support
    }
}

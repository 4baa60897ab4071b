internal import Core
internal import Synchronization

extension SimulatedGraph {
    /// Replaces everything by the state in `file`, if the file is there.
    /// - Returns: What is wrong with it, in words.
    package func load(from file: StateFile) -> String? {
        tenant.withLock { tenant in
            do throws(GraphError) {
                try tenant.load(file)
                return nil
            } catch {
                return "\(file.path): \(error.message)"
            }
        }
    }

    /// Writes the whole state.
    package func save(to file: StateFile) throws(FileError) {
        if let failure = tenant.withLock({ $0.failure(savingTo: file) }) { throw failure }
    }

    /// From now on every change is in `file` before its answer leaves. What was loaded from it stays; the whole state
    /// is written only if nothing was, or if most of the file is outdated.
    /// - Parameter onFailure: Called when that cannot be kept up.
    package func keepJournal(
        in file: StateFile, onFailure: @escaping @Sendable (FileError) -> Void
    ) throws(FileError) {
        let failure = tenant.withLock { tenant -> FileError? in
            if let failure = tenant.failure(beginningJournalIn: file) { return failure }
            tenant.keepJournal { bytes in
                do throws(FileError) {
                    try file.append(bytes)
                } catch {
                    onFailure(error)
                }
            }
            return nil
        }
        if let failure { throw failure }
    }

    /// At the end: adds what a journal leaves out, or writes the whole state if most of the file is outdated.
    package func endJournal(in file: StateFile) throws(FileError) {
        let failure = tenant.withLock { tenant -> FileError? in
            defer { tenant.journal = nil }
            guard !tenant.isMostlyOutdated(file) else { return tenant.failure(savingTo: file) }
            tenant.writeJournal()
            var lines = StateLines()
            lines.add(tenant.quotaState)
            tenant.journal?(lines.bytes)
            return nil
        }
        if let failure { throw failure }
    }
}

extension Tenant {
    fileprivate func load(_ file: StateFile) throws(GraphError) {
        var lines = 0
        var isDocument = false
        let isThere = try file.read { (line, isWhole) throws(GraphError) in
            // The process may have ended while it wrote its last line; nobody has heard of that change.
            guard !isDocument, isWhole || lines == 0 else { return }
            lines += 1
            guard let json = try? JSON.parse(line) else {
                guard lines == 1 else { throw .malformed("line \(lines) is not JSON") }
                isDocument = true
                return
            }
            try load(line: json)
        }
        guard isThere else { return }
        if isDocument {
            guard let bytes = WholeFile.read(file.path), let json = try? JSON.parse(bytes) else {
                throw .malformed("it is not JSON")
            }
            try load(line: json)
        }
        finishLoading()
    }

    fileprivate func isMostlyOutdated(_ file: StateFile) -> Bool {
        let lists = sites.flatMap(\.lists) + deletedLists.map(\.list)
        return file.lineCount > 1000 + 2 * lists.reduce(0) { $0 + 1 + $1.itemCount + $1.recycleBin.count }
    }

    fileprivate func failure(beginningJournalIn file: StateFile) -> FileError? {
        guard file.canGoOn, !isMostlyOutdated(file) else { return failure(savingTo: file, beginsJournal: true) }
        do throws(FileError) {
            try file.goOn()
            return nil
        } catch {
            return error
        }
    }

    fileprivate func failure(savingTo file: StateFile, beginsJournal: Bool = false) -> FileError? {
        do throws(FileError) {
            try file.replace(beginsJournal: beginsJournal) { (write) throws(FileError) in try writeState(write) }
            forgetUnsaved()
            return nil
        } catch {
            return error
        }
    }
}

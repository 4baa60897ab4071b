package import Core

extension GraphSite {
    package func perform(_ requests: [ItemRequest]) async -> [Result<ItemAnswer, SiteFailure>] {
        guard !requests.isEmpty else { return [] }
        let id: String
        do { id = try await site().id } catch { return requests.map { _ in .failure(error) } }
        let encoded = requests.map { ItemCoding.encode($0, site: id) }
        let answers = await client.batch(encoded)
        var outcomes: [Result<ItemAnswer, SiteFailure>] = []
        for (index, answer) in answers.enumerated() {
            outcomes.append(await outcome(answer, of: requests[index], encoded[index].operation, site: id))
        }
        return outcomes
    }

    private func outcome(
        _ result: Result<GraphAnswer, SiteFailure>, of request: ItemRequest, _ operation: GraphOperation, site: String
    ) async -> Result<ItemAnswer, SiteFailure> {
        do throws(SiteFailure) {
            let answer = try result.get()
            if case .find = request, let rest = try await furtherPages(of: answer, operation) {
                return .success(.found(rest))
            }
            if let decoded = ItemCoding.decode(answer, of: request) { return .success(decoded) }
            if case .update(let list, let item, _, let fields) = request {
                return .success(try await read(item, of: list, fields, site: site))
            }
            throw client.malformed(operation, "an item without its id or tag", answer)
        } catch {
            return .failure(error)
        }
    }

    /// All items of a find whose first page has a link to a next one; `nil` if it has none. A page may be empty and
    /// still have a link (FACTS 1.1), and the links do not work inside a batch.
    private func furtherPages(
        of answer: GraphAnswer, _ operation: GraphOperation
    ) async throws(SiteFailure) -> [RemoteItem]? {
        guard let link = answer.body["@odata.nextLink"]?.string else { return nil }
        let rest = try await client.pages(GraphRequest("GET", .link(link), operation: operation))
        guard let items = ItemCoding.items((answer.body["value"]?.array ?? []) + rest) else {
            throw client.malformed(operation, "an item without its id or tag", answer)
        }
        return items
    }

    /// The item after a change that was accepted without saying the new tag, as a 204 does.
    private func read(
        _ item: Int64, of list: String, _ fields: [JSON.Member], site: String
    ) async throws(SiteFailure) -> ItemAnswer {
        let names = fields.map(\.name).filter { !$0.contains("@") }
        let request = ItemRequest.read(list: list, item: item, select: names)
        let encoded = ItemCoding.encode(request, site: site)
        do throws(SiteFailure) {
            let answer = try await client.call(encoded)
            if case .item(let found) = ItemCoding.decode(answer, of: request) { return .updated(found) }
            throw client.malformed(encoded.operation, "an item without its id or tag", answer)
        } catch {
            // The change was made; only what it left behind is not known.
            var failure = error
            failure.outcome = .unknown
            throw failure
        }
    }
}

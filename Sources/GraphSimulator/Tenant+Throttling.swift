internal import Core

/// What a charge of resource units leads to.
struct Charge {
    var refusal: GraphError?
    var waitMilliseconds: Int64?
    /// `RateLimit-*`, once the minute's limit is 80 % used.
    var headers: [HTTPHeader] = []
}

extension Tenant {
    /// Counts a call against every limit, whether or not it is then refused, and refuses it beyond one.
    func charge(_ application: RegisteredApplication, _ operation: Operation, _ units: Int) -> Charge {
        counters.charged(units, operation, application.clientID, at: now)
        let fixed = settings.quotaWindow == "fixed"
        let usedMinute = application.minute.used(at: now, fixed: fixed) + units
        let usedDay = application.day.used(at: now, fixed: fixed) + units
        let usedByAll = allApplications.used(at: now, fixed: fixed) + units
        application.minute.add(units, at: now)
        application.day.add(units, at: now)
        allApplications.add(units, at: now)
        guard settings.enforceQuota else { return Charge() }
        if usedDay > settings.quotaPerDay {
            return refusal(application.day.wait(for: units, limit: settings.quotaPerDay, at: now, fixed: fixed))
        }
        if usedByAll > settings.quotaPerTenantFiveMinutes {
            return refusal(
                allApplications.wait(for: units, limit: settings.quotaPerTenantFiveMinutes, at: now, fixed: fixed))
        }
        guard usedMinute * 10 >= settings.quotaPerMinute * 8 else { return Charge() }
        let wait = application.minute.wait(for: units, limit: settings.quotaPerMinute, at: now, fixed: fixed)
        let headers = rateLimitHeaders(used: usedMinute, wait: wait)
        guard usedMinute > settings.quotaPerMinute else { return Charge(headers: headers) }
        var charge = refusal(wait)
        charge.refusal?.headers += headers
        return charge
    }

    private func refusal(_ wait: Int64) -> Charge {
        let code = settings.throttleStatus == 503 ? "serviceNotAvailable" : "activityLimitReached"
        var error = GraphError(
            settings.throttleStatus, code, "The request has been throttled", innerCode: "throttledRequest")
        if let value = retryAfter(wait) { error.headers.append(HTTPHeader("Retry-After", value)) }
        return Charge(refusal: error, waitMilliseconds: settings.retryAfterStyle == "missing" ? nil : wait)
    }

    private func retryAfter(_ wait: Int64) -> String? {
        switch settings.retryAfterStyle {
        case "missing": nil
        case "fractional": "\(wait / 1000).\(padded(Int(wait % 1000), 3))"
        case "date": Moment.httpText(now + wait + 999)
        default: String((wait + 999) / 1000)
        }
    }

    private func rateLimitHeaders(used: Int, wait: Int64) -> [HTTPHeader] {
        [
            HTTPHeader("RateLimit-Limit", String(settings.quotaPerMinute)),
            HTTPHeader("RateLimit-Remaining", String(max(0, settings.quotaPerMinute - used))),
            HTTPHeader("RateLimit-Reset", String((wait + 999) / 1000)),
        ]
    }
}

/// The candidate that was probably meant: the one with the fewest typing errors, if they are few.
///
/// Case is no error, so `Propagate` finds `PROPAGATE`. Among equals the first wins.
package func closest(to word: String, among candidates: some Sequence<String>) -> String? {
    // Nobody mistypes a novel, and the comparison is quadratic.
    guard word.unicodeScalars.count <= 64 else { return nil }
    let lowered = Array(word.lowercased().unicodeScalars)
    let limit = max(1, lowered.count / 3)
    var best: (candidate: String, distance: Int)?
    for candidate in candidates where candidate.unicodeScalars.count <= 64 {
        let distance = editDistance(lowered, Array(candidate.lowercased().unicodeScalars))
        if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.candidate
}

/// Insertions, deletions, replacements and swaps of neighbours that turn one word into the other.
private func editDistance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
    guard !left.isEmpty, !right.isEmpty else { return max(left.count, right.count) }
    var beforePrevious = [Int](repeating: 0, count: right.count + 1)
    var previous = Array(0...right.count)
    var current = previous
    for i in 1...left.count {
        current[0] = i
        for j in 1...right.count {
            let isSame = left[i - 1] == right[j - 1]
            current[j] = min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (isSame ? 0 : 1))
            if i > 1, j > 1, left[i - 1] == right[j - 2], left[i - 2] == right[j - 1] {
                current[j] = min(current[j], beforePrevious[j - 2] + 1)
            }
        }
        (beforePrevious, previous, current) = (previous, current, beforePrevious)
    }
    return previous[right.count]
}

"""The scores as their formulas stand, with loops and direct solves; nothing here is the package's."""

import math

import numpy as np

Array = np.ndarray


def one_hot(targets: Array) -> Array:
    return (targets[:, None] == np.unique(targets)[None, :]).astype(float)


def logme(features: Array, targets: Array) -> float:
    samples = len(features)
    u, s, _ = np.linalg.svd(features, full_matrices=False)
    rank = int((s > s[0] * max(features.shape) * np.finfo(float).eps).sum())
    u, sigma = u[:, :rank], s[:rank] ** 2
    found = []
    for y in one_hot(targets).T:
        x = u.T @ y
        r0 = float(y @ y - x @ x)
        alpha = beta = 1.0
        for _ in range(11):
            t = alpha / beta
            gamma = float((sigma / (sigma + t)).sum())
            m2 = float((sigma * x**2 / (t + sigma) ** 2).sum())
            res2 = float((x**2 / (1 + sigma / t) ** 2).sum()) + r0
            alpha = gamma / (m2 + 1e-5)
            beta = (samples - gamma) / (res2 + 1e-5)
            if abs(alpha / beta - t) / t < 1e-3:
                break
        evidence = rank / 2 * math.log(alpha) + samples / 2 * math.log(beta)
        evidence -= 0.5 * float(np.log(alpha + beta * sigma).sum())
        evidence -= beta / 2 * res2 + alpha / 2 * m2 + samples / 2 * math.log(2 * math.pi)
        found.append(evidence / samples)
    return float(np.mean(found))


def ridge_left_out(features: Array, targets: Array, penalty: float) -> float:
    """Fitted anew without each sample; with few samples from the dual, Fᵀ (FFᵀ + λ)⁻¹ Y."""
    wanted, right = one_hot(targets), 0
    places = np.unique(targets, return_inverse=True)[1]
    for i in range(len(features)):
        rest = np.arange(len(features)) != i
        f, y = features[rest], wanted[rest]
        if f.shape[1] < len(f):
            weights = np.linalg.solve(f.T @ f + penalty * np.eye(f.shape[1]), f.T @ y)
        else:
            weights = f.T @ np.linalg.solve(f @ f.T + penalty * np.eye(len(f)), y)
        right += int((features[i] @ weights).argmax() == places[i])
    return right / len(features)


def ridge_penalties(features: Array, shares: tuple[float, ...]) -> list[float]:
    return [share * float((features**2).sum()) / min(features.shape) for share in shares]


def neighbours_left_out(features: Array, targets: Array, count: int) -> float:
    units = np.array([row / max(math.sqrt(float(row @ row)), 1e-300) for row in features])
    right = 0
    for i, unit in enumerate(units):
        cosines = units @ unit
        others = sorted((j for j in range(len(units)) if j != i), key=lambda j: -cosines[j])[:count]
        votes: dict[int, float] = {}
        for j in others:
            votes[int(targets[j])] = votes.get(int(targets[j]), 0.0) + float(cosines[j])
        right += int(max(sorted(votes), key=lambda c: votes[c]) == targets[i])
    return right / len(units)


def h_score(features: Array, targets: Array) -> float:
    samples, dimensions = features.shape
    centre = features.mean(axis=0)
    centred = features - centre
    covariance = centred.T @ centred / samples
    level = float(np.trace(covariance)) / dimensions
    d2 = float(((covariance - level * np.eye(dimensions)) ** 2).sum())
    b2 = sum(float(((np.outer(row, row) - covariance) ** 2).sum()) for row in centred) / samples**2
    shrinkage = min(b2, d2) / d2 if d2 > 0 else 0.0
    inverse = np.linalg.pinv((1 - shrinkage) * covariance + shrinkage * level * np.eye(dimensions))
    total = 0.0
    for c in np.unique(targets):
        gap = features[targets == c].mean(axis=0) - centre
        total += float((targets == c).sum()) / (samples - 1) * float(gap @ inverse @ gap)
    return (1 - shrinkage) * total


def leep(source: Array, targets: Array) -> float:
    classes = np.unique(targets)
    joint = np.array([source[targets == y].sum(axis=0) for y in classes]) / len(source)
    total = 0.0
    for row, y in zip(source, targets, strict=True):
        place = int(np.searchsorted(classes, y))
        total += math.log(
            sum(joint[place, z] / joint[:, z].sum() * row[z] for z in range(len(row)) if row[z])
        )
    return total / len(source)


def nce(source: Array, targets: Array) -> float:
    hard = source.argmax(axis=1)
    pairs = list(zip(hard.tolist(), targets.tolist(), strict=True))
    return sum(math.log(pairs.count(pair) / hard.tolist().count(pair[0])) for pair in pairs) / len(pairs)


def collapse(features: Array, targets: Array) -> tuple[float, float, float]:
    """NCTI's confidence, spread and −ln tangle, by a full SVD and plain Gaussian densities."""
    samples = len(features)
    centred = features - features.mean(axis=0)
    _, s, axes = np.linalg.svd(centred, full_matrices=False)
    rank = int((s > s[0] * max(features.shape) * np.finfo(float).eps).sum())
    z = centred @ axes[: min(64, rank)].T
    shrinkage = max(math.exp(-float((s[: min(32, rank)] ** 2).sum()) / (samples - 1)), 1e-10)

    def shrunk(rows: Array) -> Array:
        moved = rows - rows.mean(axis=0)
        found = moved.T @ moved / len(rows)
        return (1 - shrinkage) * found + shrinkage * np.trace(found) / len(found) * np.eye(len(found))

    classes = np.unique(targets)
    priors = np.array([(targets == c).mean() for c in classes])
    means = np.array([z[targets == c].mean(axis=0) for c in classes])
    within = sum(p * shrunk(z[targets == c]) for p, c in zip(priors, classes, strict=True))
    between = shrunk(z) - within
    root = np.linalg.inv(np.linalg.cholesky(within))
    values, vectors = np.linalg.eigh(root @ between @ root.T)
    directions = root.T @ vectors[:, np.argsort(-values)[: len(classes) - 1]]
    projected = (z - z.mean(axis=0)) @ directions
    densities = np.array(
        [[-0.5 * float((row - mean) @ np.linalg.solve(within, row - mean)) for mean in means] for row in z]
    ) + np.log(priors)
    posteriors = np.exp(densities - densities.max(axis=1, keepdims=True))
    posteriors /= posteriors.sum(axis=1, keepdims=True)
    places = np.searchsorted(classes, targets)
    confidence = float(posteriors[np.arange(samples), places].mean())
    tangle = sum(float(np.linalg.norm(posteriors[targets == c], ord="nuc")) for c in classes)
    return confidence, float(np.linalg.norm(projected, ord="nuc")), -math.log(tangle)

namespace Slipway.Content;

/// <summary>What kind of failure it is; the command line's exit code follows from it.</summary>
public enum FailureKind
{
    /// <summary>The thing itself failed.</summary>
    Failed,

    /// <summary>The request or the configuration is wrong.</summary>
    Usage,

    /// <summary>A needed service or input cannot be reached.</summary>
    Unreachable,

    /// <summary>A gate or a lock stands in the way.</summary>
    Blocked,
}

/// <summary>A failure that a person can act on: what failed, on which object, why, and what to do.</summary>
public class SlipwayException(string what, string why, string? remedy = null, Exception? inner = null)
    : Exception(remedy is null ? $"{what}: {why}" : $"{what}: {why}. Try: {remedy}", inner)
{
    /// <summary>What failed, with the name of the object.</summary>
    public string What { get; } = what;

    /// <summary>Why it failed.</summary>
    public string Why { get; } = why;

    /// <summary>What to do about it; null when there is nothing to recommend.</summary>
    public string? Remedy { get; } = remedy;

    /// <summary>Unset means that the thing itself failed.</summary>
    public FailureKind Kind { get; init; }
}

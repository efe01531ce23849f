namespace Slipway.Content;

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
}

namespace Slipway.Content;

/// <summary>One thing that is wrong in a configuration file.</summary>
/// <param name="File">The file as the user named it.</param>
/// <param name="Line">Counted from 1.</param>
/// <param name="Message">What is wrong.</param>
/// <param name="Remedy">What to write instead.</param>
public sealed record ConfigError(string File, int Line, string Message, string Remedy)
{
    /// <inheritdoc/>
    public override string ToString() => $"{File}:{Line}: {Message}. Try: {Remedy}";
}

/// <summary>A configuration file that cannot be used, with everything that is wrong in it.</summary>
public sealed class ConfigException(IReadOnlyList<ConfigError> errors)
    : SlipwayException("configuration", string.Join("\n  ", errors.Select(e => e.ToString())))
{
    /// <summary>All errors, in the order of their lines.</summary>
    public IReadOnlyList<ConfigError> Errors { get; } = errors;
}

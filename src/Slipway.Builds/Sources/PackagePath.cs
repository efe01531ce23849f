using System.Text.RegularExpressions;

namespace Slipway.Builds;

/// <summary>The path of a package or image in a source repository: <c>projects/PROJECT[/SUB...]/NAME</c>, checked.</summary>
public readonly partial record struct PackagePath
{
    private const int MaxLength = 500;

    // A published repository needs these names for itself.
    private static readonly string[] Reserved = ["snapshots", "current"];

    private readonly string _text;

    private PackagePath(string text) => _text = text;

    /// <summary>The last part.</summary>
    public string Name => _text[(_text.LastIndexOf('/') + 1)..];

    /// <summary>The project without <c>projects/</c>: where its repositories are published.</summary>
    public string Project => _text.IndexOf('/', StringComparison.Ordinal) is var first && _text.LastIndexOf('/') is var last && last > first ? _text[(first + 1)..last] : "";

    /// <summary>False for anything that is absolute, leaves <c>projects/</c>, has no project, or has characters that no repository path may have.</summary>
    public static bool TryParse(string text, out PackagePath path)
    {
        var valid = text.Length <= MaxLength && Form().IsMatch(text) && !text.Split('/').Any(part => part.Length > 100 || Reserved.Contains(part));
        path = valid ? new(text) : default;
        return valid;
    }

    public override string ToString() => _text;

    [GeneratedRegex(@"\Aprojects(/[A-Za-z0-9][A-Za-z0-9._+-]*){2,}\z")]
    private static partial Regex Form();
}

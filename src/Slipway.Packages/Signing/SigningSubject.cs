using System.Text.RegularExpressions;
using Slipway.Content;

namespace Slipway.Packages.Signing;

/// <summary>What a signature is made for: <c>repository harbor/bookworm</c> or <c>stream harbor</c>.</summary>
public static partial class SigningSubject
{
    /// <summary>The subject of a repository's packages and indexes.</summary>
    public static string Repository(string path) => Checked($"repository {path}");

    /// <summary>The subject of a stream's manifests and version pointers.</summary>
    public static string Stream(string name) => Checked($"stream {name}");

    internal static bool IsStream(string subject) => subject.StartsWith("stream ", StringComparison.Ordinal);

    internal static string StreamName(string subject) => Checked(subject)["stream ".Length..];

    internal static string Checked(string subject) =>
        subject.Length <= 300 && Pattern().IsMatch(subject) && !subject.Contains("..", StringComparison.Ordinal)
            ? subject
            : throw new SlipwayException($"signing subject '{subject}'", "it is neither 'repository PROJECT/DIST' nor 'stream NAME'");

    [GeneratedRegex(@"\A(repository [A-Za-z0-9][A-Za-z0-9._+@-]*(/[A-Za-z0-9][A-Za-z0-9._+@-]*)+|stream [A-Za-z0-9][A-Za-z0-9._-]*)\z")]
    private static partial Regex Pattern();
}

using System.Text.RegularExpressions;
using Slipway.Content;

namespace Slipway.Packages.Repositories;

/// <summary>The packages of one project for one dist.</summary>
/// <param name="Project">The project's path without <c>projects/</c>; may have several parts.</param>
/// <param name="Dist">The name of the dist.</param>
public sealed partial record RepositoryId(string Project, string Dist)
{
    // Names that a repository's own directory needs.
    private static readonly string[] Reserved = ["snapshots", "current"];

    /// <summary>What pacman and a <c>.repo</c> file call it: one word.</summary>
    public string Word => Project.Replace('/', '-');

    /// <summary>Reads <c>PROJECT/DIST</c>; the dist is what follows the last slash.</summary>
    public static RepositoryId Parse(string text)
    {
        var slash = text.LastIndexOf('/');
        return new RepositoryId(slash < 0 ? "" : text[..slash], text[(slash + 1)..]).Checked();
    }

    public override string ToString() => $"{Project}/{Dist}";

    internal RepositoryId Checked()
    {
        var parts = ToString().Split('/');
        var bad = parts.FirstOrDefault(part => part.Length > 100 || !Part().IsMatch(part) || Reserved.Contains(part));
        return bad is null
            ? this
            : throw new SlipwayException($"repository '{this}'", $"'{bad}' cannot be a part of its path", "PROJECT/DIST of letters, digits and . _ + - (not 'snapshots' or 'current')") { Kind = FailureKind.Usage };
    }

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._+-]*\z")]
    private static partial Regex Part();
}

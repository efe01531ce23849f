using System.Diagnostics.CodeAnalysis;
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

    /// <summary>As <see cref="Parse"/>; false for what cannot be one.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out RepositoryId? id)
    {
        var slash = text.LastIndexOf('/');
        id = slash > 0 ? new RepositoryId(text[..slash], text[(slash + 1)..]) : null;
        if (id?.BadPart() is null) return id is not null;
        id = null;
        return false;
    }

    public override string ToString() => $"{Project}/{Dist}";

    internal RepositoryId Checked()
    {
        return BadPart() is not { } bad
            ? this
            : throw new SlipwayException($"repository '{this}'", $"'{bad}' cannot be a part of its path", "PROJECT/DIST of letters, digits and . _ + - (not 'snapshots' or 'current')") { Kind = FailureKind.Usage };
    }

    private string? BadPart() => ToString().Split('/').FirstOrDefault(part => part.Length > 100 || !Part().IsMatch(part) || Reserved.Contains(part));

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._+-]*\z")]
    private static partial Regex Part();
}

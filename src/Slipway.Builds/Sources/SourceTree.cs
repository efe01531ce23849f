using Slipway.Content;

namespace Slipway.Builds;

/// <summary>
/// Which directories of a commit are packages, and to which package a file belongs: the one with the nearest <c>.cb</c> above it,
/// the file's own <c>.cb</c> included.
/// </summary>
public sealed class SourceTree
{
    private const string Marker = ".cb/cloud_builder.yml";
    private readonly HashSet<string> _packages = new(StringComparer.Ordinal);

    public SourceTree(IEnumerable<BytePath> files)
    {
        foreach (var file in files)
        {
            var text = file.ToString();
            if (text.StartsWith("projects/", StringComparison.Ordinal) && text.EndsWith("/" + Marker, StringComparison.Ordinal))
                _packages.Add(text[..^(Marker.Length + 1)]);
            else if (text.StartsWith("dists/", StringComparison.Ordinal) && text.EndsWith(".yml", StringComparison.Ordinal) && text.LastIndexOf('/') == 5)
                Dists.Add(text[6..^4]);
        }
    }

    /// <summary>Directories with a metadata file, in order; not yet checked to be a <see cref="PackagePath"/>.</summary>
    public IReadOnlyList<string> Packages => [.. _packages.Order(StringComparer.Ordinal)];

    /// <summary>Names of the dists that the repository defines.</summary>
    public HashSet<string> Dists { get; } = new(StringComparer.Ordinal);

    /// <summary>The package a file belongs to, or null.</summary>
    public string? OwnerOf(BytePath file)
    {
        var text = file.ToString();
        for (var slash = text.LastIndexOf('/'); slash > 0; slash = text.LastIndexOf('/', slash - 1))
        {
            if (_packages.Contains(text[..slash])) return text[..slash];
        }
        return null;
    }

    /// <summary>What a set of changed files touches: packages, and dists of which every package is touched.</summary>
    public (IReadOnlySet<string> Packages, IReadOnlySet<string> Dists) Touched(IEnumerable<BytePath> changed)
    {
        var packages = new HashSet<string>(StringComparer.Ordinal);
        var dists = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in changed)
        {
            if (OwnerOf(file) is { } owner) packages.Add(owner);
            var text = file.ToString();
            if (text.StartsWith("dists/", StringComparison.Ordinal) && text.EndsWith(".yml", StringComparison.Ordinal)) dists.Add(text[6..^4]);
        }
        return (packages, dists);
    }
}

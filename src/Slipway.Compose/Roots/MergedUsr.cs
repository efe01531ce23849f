using Slipway.Content;
using Slipway.Packages;

namespace Slipway.Compose.Roots;

/// <summary>
/// Where a package's path lies in a root with one /usr (format clause 2.5, item 4). What goes where follows the package type: the names
/// that programs of that distribution family were built with must keep leading to the same files.
/// </summary>
public sealed class MergedUsr
{
    private readonly IReadOnlyList<(BytePath From, BytePath To)> _moves;

    private MergedUsr(IEnumerable<(string From, string To)> moves, IEnumerable<(string Path, string Target)> links)
    {
        _moves = [.. moves.Select(m => (BytePath.From(m.From), BytePath.From(m.To)))];
        Links = [.. links.Select(l => (BytePath.From(l.Path), BytePath.From(l.Target)))];
    }

    /// <summary>The links that stand where the moved directories were; they belong to os-core.</summary>
    public IReadOnlyList<(BytePath Path, BytePath Target)> Links { get; }

    public static MergedUsr Of(PackageType type) => type switch
    {
        // Debian keeps /usr/sbin and the multiarch directories: its loader has /usr/lib/<triplet> built in, so no cache is needed.
        PackageType.Deb => new(
            [("bin", "usr/bin"), ("sbin", "usr/sbin"), ("lib", "usr/lib"), ("lib64", "usr/lib64"), ("lib32", "usr/lib32"), ("libx32", "usr/libx32")],
            [("bin", "usr/bin"), ("sbin", "usr/sbin"), ("lib", "usr/lib"), ("lib64", "usr/lib64")]),
        PackageType.Rpm => new(
            [("bin", "usr/bin"), ("sbin", "usr/bin"), ("usr/sbin", "usr/bin"), ("lib", "usr/lib"), ("lib64", "usr/lib64")],
            [("bin", "usr/bin"), ("sbin", "usr/bin"), ("usr/sbin", "bin"), ("lib", "usr/lib"), ("lib64", "usr/lib64")]),
        PackageType.Pacman => new(
            [("bin", "usr/bin"), ("sbin", "usr/bin"), ("usr/sbin", "usr/bin"), ("lib", "usr/lib"), ("lib64", "usr/lib"), ("usr/lib64", "usr/lib")],
            [("bin", "usr/bin"), ("sbin", "usr/bin"), ("usr/sbin", "bin"), ("lib", "usr/lib"), ("lib64", "usr/lib"), ("usr/lib64", "lib")]),
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    /// <summary>The path with a moved directory replaced. The moved directory itself becomes where it went.</summary>
    public BytePath Fold(BytePath path)
    {
        foreach (var (from, to) in _moves)
        {
            if (path.IsBelow(from))
                return path == from ? to : to.Join(path.Span[(from.Length + 1)..]);
        }
        return path;
    }

    /// <summary>True for a path whose place a link takes.</summary>
    public bool IsMoved(BytePath path) => _moves.Any(m => m.From == path);
}

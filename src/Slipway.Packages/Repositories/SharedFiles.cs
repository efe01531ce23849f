using System.Globalization;
using Slipway.Content;

namespace Slipway.Packages.Repositories;

/// <summary>
/// What the snapshots of a repository have in common: package files by their paths and index files by their digests, in <c>files/G/</c>, which is
/// only added to. So one more package costs no link of the others, and whoever read an older index finds what it names.
/// </summary>
/// <param name="directory">The repository's.</param>
/// <param name="generation">A new one begins when a path that snapshots name is to have other content.</param>
internal sealed class SharedFiles(string directory, int generation, ContentStore store)
{
    /// <summary>In a snapshot, the link to its generation.</summary>
    public const string Name = "files";

    private const string Digests = "by-hash";

    private readonly List<string> _written = [];
    private readonly HashSet<string> _touched = new(StringComparer.Ordinal);

    public string Root { get; } = Path.Combine(directory, Name, generation.ToString(CultureInfo.InvariantCulture));

    /// <summary>The target of a snapshot's link.</summary>
    public string FromSnapshot => $"../../{Name}/{generation.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>Where a file lies that is found by its digest.</summary>
    public static string ByDigest(string digest) => $"{Digests}/SHA256/{digest}";

    public static int GenerationOf(string snapshot) =>
        new FileInfo(Path.Combine(snapshot, Name)).LinkTarget is { } target ? int.Parse(Path.GetFileName(target), CultureInfo.InvariantCulture) : 0;

    /// <summary>The first number that no directory has.</summary>
    public static int Unused(string directory)
    {
        var files = Path.Combine(directory, Name);
        return Directory.Exists(files) ? Directory.EnumerateDirectories(files).Max(path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture)) + 1 : 1;
    }

    /// <summary>True when the path has content, and it is not this.</summary>
    public bool HoldsOther(string path, Digest digest)
    {
        using var tree = RootedTree.OpenOrCreate(Root);
        if (tree.Stat(BytePath.From(path)) is not { } there) return false;
        using var content = RootedTree.Open(store.Root);
        var file = Path.GetRelativePath(store.Root, store.PathOf(digest));
        return content.Stat(BytePath.From(file))?.Inode != there.Inode && Digest.OfFile(Path.Combine(Root, path)) != digest;
    }

    /// <summary>Puts content of the store at a path; for several threads. What a publisher that died has left there is replaced.</summary>
    public void Link(string path, Digest digest)
    {
        var target = Prepare(path);
        if (File.Exists(target))
        {
            if (!HoldsOther(path, digest)) return;
            File.Delete(target);
        }
        store.LinkTo(digest, target);
    }

    /// <summary>Writes a file that never has other content; what a publisher that died has left there is replaced. Not yet durable: see <see cref="Pending"/>.</summary>
    public void Write(string path, byte[] content)
    {
        var target = Prepare(path);
        if (new FileInfo(target) is { Exists: true } there && there.Length == content.Length && File.ReadAllBytes(target).AsSpan().SequenceEqual(content)) return;
        var temporary = $"{target}.{Environment.ProcessId}.new";
        File.WriteAllBytes(temporary, content);
        File.Move(temporary, target, overwrite: true);
        lock (_written) _written.Add(target);
    }

    /// <summary>In a directory that has both what never changes and pointers, a pointer is a link to the current snapshot's.</summary>
    public void PointThrough(string path)
    {
        var target = Prepare(path);
        if (new FileInfo(target).LinkTarget is not null) return;
        File.CreateSymbolicLink(target, string.Concat(Enumerable.Repeat("../", path.Count(c => c == '/') + 2)) + "current/" + path);
    }

    public bool HasDirectory(string path) => Directory.Exists(Path.Combine(Root, path));

    /// <summary>The directories at the top of a repository.</summary>
    public IEnumerable<string> Directories() => Directory.EnumerateDirectories(Root).Select(path => Path.GetFileName(path)).Where(name => name != Digests).Order(StringComparer.Ordinal);

    /// <summary>The files and directories that are not yet durable.</summary>
    public IEnumerable<string> Pending => _written.Concat(_touched);

    private string Prepare(string path)
    {
        var target = Path.Combine(Root, path);
        lock (_touched)
            for (var parent = Path.GetDirectoryName(target)!; parent.Length >= directory.Length && _touched.Add(parent); parent = Path.GetDirectoryName(parent)!)
                Directory.CreateDirectory(parent);
        return target;
    }
}

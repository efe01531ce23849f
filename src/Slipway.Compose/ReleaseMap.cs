using System.Text;
using Slipway.Compose.Roots;
using Slipway.Content;
using Slipway.Packages;
using Slipway.Updates;

namespace Slipway.Compose;

/// <summary>One file or link of a version: its hash, and the package and bundles it comes from.</summary>
/// <param name="Content">SHA-256 of a regular file's content; unset for links.</param>
/// <param name="Package">Digest of the package file; unset for what composing made itself.</param>
/// <param name="Bundles">The bundles that ship it, includes subtracted.</param>
public sealed record MappedFile(BytePath Path, SwupdHash Hash, Digest Content, Digest Package, IReadOnlyList<string> Bundles);

/// <summary>
/// Which package and bundle each file of a version comes from: one content-addressed text per version, whose digest is in the ledger.
/// A question about a file on a device is answered from it by hash, never by name alone.
/// </summary>
public sealed record ReleaseMap(uint Version, IReadOnlyList<ResolvedPackage> Packages, IReadOnlyList<MappedFile> Files)
{
    private const string Heading = "slipway-release-map 1";

    /// <summary>The file at this path of the version, or null.</summary>
    public MappedFile? At(BytePath path)
    {
        int low = 0, high = Files.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = Files[middle].Path.CompareTo(path);
            if (order == 0)
                return Files[middle];
            if (order < 0)
                low = middle + 1;
            else
                high = middle - 1;
        }
        return null;
    }

    public ResolvedPackage? PackageOf(MappedFile file) => Packages.FirstOrDefault(p => p.Digest == file.Package);

    /// <summary>Lines of TAB separated fields; paths are percent-encoded, packages and files sorted.</summary>
    public byte[] ToBytes()
    {
        var text = new StringBuilder();
        text.Append(Heading).Append('\n').Append("version\t").Append(Version).Append('\n');
        foreach (var p in Packages.OrderBy(p => p.Name, StringComparer.Ordinal).ThenBy(p => p.Digest))
            text.Append("package\t").AppendJoin('\t', p.Digest, p.Name, p.Version, p.Architecture, p.Repository).Append('\n');
        foreach (var f in Files.OrderBy(f => f.Path))
            text.Append("file\t").AppendJoin('\t', Encoded(f.Path), f.Hash, Shown(f.Content), Shown(f.Package), string.Join(',', f.Bundles)).Append('\n');
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    public static ReleaseMap Parse(Stream content, string origin)
    {
        using var reader = new StreamReader(content, Encoding.UTF8);
        if (reader.ReadLine() != Heading)
            throw Broken(origin, "its first line is not a map's");
        uint version = 0;
        var packages = new List<ResolvedPackage>();
        var files = new List<MappedFile>();
        while (reader.ReadLine() is { } line)
        {
            var fields = line.Split('\t');
            switch (fields[0])
            {
                case "version" when fields.Length == 2 && uint.TryParse(fields[1], out version):
                    break;
                case "package" when fields.Length == 6:
                    packages.Add(new ResolvedPackage(fields[2], fields[3], fields[4], fields[5], "", ReadDigest(fields[1]), 0, ""));
                    break;
                case "file" when fields.Length == 6:
                    files.Add(new MappedFile(Decoded(fields[1]), SwupdHash.Parse(fields[2]), ReadDigest(fields[3]), ReadDigest(fields[4]), fields[5].Split(',', StringSplitOptions.RemoveEmptyEntries)));
                    break;
                default:
                    throw Broken(origin, "a line is of no known kind");
            }
        }
        return new ReleaseMap(version, packages, files);
    }

    internal static ReleaseMap Make(uint version, RootPlan plan, IReadOnlyList<ResolvedPackage> packages, Func<BytePath, IReadOnlyList<string>> bundlesOf)
    {
        var files = new List<MappedFile>(plan.Nodes.Count);
        foreach (var node in plan.Nodes)
        {
            var entry = node.Entry;
            if (entry.Type == NodeType.Directory)
                continue;
            var hash = entry.Type == NodeType.Symlink ? SwupdHash.OfLink(entry.Uid, entry.Gid, entry.LinkTarget.Span) : entry.Hash;
            files.Add(new MappedFile(node.Path, hash, entry.Content, node.Source.Package, bundlesOf(node.Path)));
        }
        return new ReleaseMap(version, packages, files);
    }

    private static string Shown(Digest digest) => digest == default ? "-" : digest.ToString();

    private static Digest ReadDigest(string text) => text == "-" ? default : Digest.Parse(text);

    private static string Encoded(BytePath path)
    {
        var text = new StringBuilder(path.Length);
        foreach (var b in path.Span)
        {
            if (b is > 0x20 and < 0x7f and not (byte)'%')
                text.Append((char)b);
            else
                text.Append('%').Append(b.ToString("X2", null));
        }
        return text.ToString();
    }

    private static BytePath Decoded(string text)
    {
        var bytes = new List<byte>(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '%')
                bytes.Add((byte)text[i]);
            else
            {
                bytes.Add(Convert.ToByte(text.Substring(i + 1, 2), 16));
                i += 2;
            }
        }
        return new BytePath(bytes.ToArray());
    }

    private static SlipwayException Broken(string origin, string why) => new($"read the release map {origin}", why, "compose the release again");
}

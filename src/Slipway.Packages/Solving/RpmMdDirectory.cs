using System.Xml;
using Slipway.Content;

namespace Slipway.Packages.Solving;

/// <summary>A repository's repodata directory: repomd.xml and what it names, each proved by its sha256.</summary>
internal sealed class RpmMdDirectory
{
    private const long MaxRepomdBytes = 8 << 20;

    private readonly string root;
    private readonly Dictionary<string, (string Location, Digest Digest)> parts = new(StringComparer.Ordinal);

    private RpmMdDirectory(string root, byte[] repomd)
    {
        this.root = root;
        Digest = Digest.Of(repomd);
        using var reader = XmlReader.Create(new MemoryStream(repomd), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
        string? type = null, location = null, sha256 = null;
        reader.Read();
        while (!reader.EOF)
        {
            if (reader.NodeType == XmlNodeType.EndElement && reader.LocalName == "data")
            {
                if (type is not null && location is not null && Digest.TryParse(sha256, out var digest)) parts[type] = (location, digest);
                type = location = sha256 = null;
            }
            if (reader.NodeType == XmlNodeType.Element && reader.LocalName == "data") type = reader.GetAttribute("type");
            if (reader.NodeType == XmlNodeType.Element && reader.LocalName == "location") location = reader.GetAttribute("href");
            // The reader then stands at what follows, which may be the next element.
            if (reader.NodeType == XmlNodeType.Element && reader.LocalName == "checksum" && reader.GetAttribute("type") == "sha256") sha256 = reader.ReadElementContentAsString().Trim();
            else reader.Read();
        }
    }

    /// <summary>sha256 of repomd.xml, which fixes all the rest.</summary>
    public Digest Digest { get; }

    /// <param name="directory">The directory above repodata, or repodata itself.</param>
    public static RpmMdDirectory Open(string directory)
    {
        var root = File.Exists(Path.Combine(directory, "repodata", "repomd.xml")) ? directory : Path.GetDirectoryName(Path.GetFullPath(directory))!;
        var file = Path.Combine(root, "repodata", "repomd.xml");
        if (!File.Exists(file)) throw new SlipwayException($"read the repository {directory}", "it has no repodata/repomd.xml", "make its index");
        using var stream = File.OpenRead(file);
        try
        {
            return new RpmMdDirectory(root, BoundedRead.All(stream, MaxRepomdBytes, file));
        }
        catch (XmlException error)
        {
            throw new SlipwayException($"read {file}", error.Message, "make the repository's index anew", error);
        }
    }

    /// <summary>The uncompressed text of a part, or null where the repository has none of it.</summary>
    public byte[]? Read(string type)
    {
        if (!parts.TryGetValue(type, out var part)) return null;
        var file = Path.GetFullPath(Path.Combine(root, part.Location));
        if (!file.StartsWith(Path.GetFullPath(root) + "/", StringComparison.Ordinal))
            throw new SlipwayException($"read {type} of {root}", $"its location `{part.Location}` is outside the repository");
        if (!File.Exists(file)) throw new SlipwayException($"read {file}", "repomd.xml names it, but it is not there", "make the repository's index anew");
        var found = Digest.OfFile(file);
        if (found != part.Digest) throw new SlipwayException($"read {file}", $"its sha256 is {found}, repomd.xml says {part.Digest}", "make the repository's index anew");
        using var raw = File.OpenRead(file);
        using var plain = Compressor.DecompressDetected(raw);
        return BoundedRead.All(plain, IndexBounds.MaxBytes, file);
    }
}

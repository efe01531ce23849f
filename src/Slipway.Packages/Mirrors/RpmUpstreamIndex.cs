using System.Globalization;
using System.Xml;
using Slipway.Content;

namespace Slipway.Packages.Mirrors;

/// <summary>An rpm-md repository's signed repomd.xml, and the primary metadata that it names.</summary>
internal sealed class RpmUpstreamIndex(MirrorSource source, UpstreamFetch fetch, UpstreamKeys keys, ContentStore store)
{
    private const int MaxPointerBytes = 16 << 20;
    private const long MaxPackedBytes = 1L << 30;
    private static readonly XmlReaderSettings Plain = new() { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, IgnoreWhitespace = true };

    public async Task<(string State, IReadOnlyList<UpstreamPackage> Packages)> ReadAsync(CancellationToken cancellation)
    {
        var repomd = await RepomdAsync(cancellation);
        var (location, checksum, size) = Part(repomd, "primary") ?? throw new SlipwayException($"read {source.Url}", "its repomd.xml names no primary metadata", "look at the address");
        using var packed = store.Open(await fetch.IntoStoreAsync(location, checksum, size, cancellation));
        using var plain = Compressor.DecompressDetected(packed);
        return (Digest.Of(repomd).ToString(), Parse(plain));
    }

    /// <summary>What a solver needs: the verified repomd.xml, and in the store the parts that it names.</summary>
    public async Task<(byte[] Repomd, IReadOnlyList<(string Location, Digest Digest)> Parts)> PartsAsync(CancellationToken cancellation)
    {
        var repomd = await RepomdAsync(cancellation);
        var parts = new List<(string, Digest)>();
        foreach (var part in RpmMdParts.Of(repomd))
            parts.Add((part.Location, await fetch.IntoStoreAsync(part.Location, part.Checksum, part.Size, cancellation)));
        return (repomd, parts);
    }

    private async Task<byte[]> RepomdAsync(CancellationToken cancellation)
    {
        var pointers = await Task.WhenAll(fetch.SmallAsync("repodata/repomd.xml", MaxPointerBytes, cancellation), keys.AreNeeded ? fetch.SmallAsync("repodata/repomd.xml.asc", MaxPointerBytes, cancellation) : Task.FromResult<byte[]?>([]));
        if (pointers is not [{ } repomd, { } signature])
            throw new SlipwayException($"read {source.Url}", "it has no repodata/repomd.xml with repomd.xml.asc", "look at the address; unsigned repositories are not mirrored") { Kind = FailureKind.Unreachable };
        keys.RequireSignature(repomd, signature, $"repomd.xml of {source.Url}");
        return repomd;
    }

    internal static (string Location, Checksum Checksum, long Size)? Part(byte[] repomd, string type)
    {
        using var reader = XmlReader.Create(new MemoryStream(repomd), Plain);
        while (reader.ReadToFollowing("data"))
        {
            if (reader.GetAttribute("type") != type) continue;
            var element = Element(reader);
            var size = element.GetValueOrDefault("size");
            return (element["location@href"], Checksum.Parse(element["checksum@type"], element["checksum"]), size is null ? MaxPackedBytes : long.Parse(size, NumberStyles.None, CultureInfo.InvariantCulture));
        }
        return null;
    }

    private static List<UpstreamPackage> Parse(Stream plain)
    {
        using var reader = XmlReader.Create(plain, Plain);
        var packages = new List<UpstreamPackage>();
        while (reader.ReadToFollowing("package"))
        {
            var package = Element(reader);
            var epoch = package["version@epoch"];
            var version = $"{(epoch is "0" ? "" : epoch + ":")}{package["version@ver"]}-{package["version@rel"]}";
            packages.Add(new(PackageNames.Check("name", package["name"]), version, package["arch"], package["location@href"], Checksum.Parse(package["checksum@type"], package["checksum"]),
                long.Parse(package["size@package"], NumberStyles.None, CultureInfo.InvariantCulture)));
        }
        return packages;
    }

    /// <summary>The children of the element at hand: text by name, attributes as <c>name@attribute</c>; a missing one is named when it is asked for.</summary>
    private static Dictionary<string, string> Element(XmlReader reader)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        using var inner = reader.ReadSubtree();
        inner.Read();
        inner.Read();
        while (!inner.EOF)
        {
            if (inner.NodeType != XmlNodeType.Element || inner.Depth != 1)
            {
                inner.Read();
                continue;
            }
            var name = inner.LocalName;
            while (inner.MoveToNextAttribute()) found.TryAdd($"{name}@{inner.LocalName}", inner.Value);
            inner.MoveToElement();
            if (name is "name" or "arch" or "checksum" or "size" && !inner.IsEmptyElement) found.TryAdd(name, inner.ReadElementContentAsString().Trim());
            else inner.Skip();
        }
        return found;
    }
}

using System.Text;
using Slipway.Content;

namespace Slipway.Packages.Repositories;

/// <summary>Metadata of an rpm repository that is not made of its packages and passed through as it is: updateinfo, modules, comps (group).</summary>
/// <param name="FileName">Without digest and compression: <c>updateinfo.xml</c>.</param>
internal sealed record RpmExtra(string FileName, byte[] Content)
{
    private static readonly (string Type, string FileName)[] Known = [("updateinfo", "updateinfo.xml"), ("modules", "modules.yaml"), ("group", "comps.xml")];

    public string Type => Known.First(known => known.FileName == FileName).Type;

    public static bool IsOne(string fileName) => Known.Any(known => known.FileName == fileName);
}

/// <summary>rpm-md: <c>repodata/</c> with primary, filelists and other, named by their digests, and the signed repomd.xml.</summary>
internal static class RpmIndex
{
    private const string Declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

    private static readonly (string Type, string Element, string Namespaces)[] Kinds =
    [
        ("primary", "metadata", "xmlns=\"http://linux.duke.edu/metadata/common\" xmlns:rpm=\"http://linux.duke.edu/metadata/rpm\""),
        ("filelists", "filelists", "xmlns=\"http://linux.duke.edu/metadata/filelists\""),
        ("other", "otherdata", "xmlns=\"http://linux.duke.edu/metadata/other\""),
    ];

    public static IEnumerable<IndexDocument> Documents(Compression packing) => Kinds.Select((kind, part) => new IndexDocument(
        IndexBuild.NameOf(kind.Type, packing), packing, PlainForm.Digest,
        count => Encoding.UTF8.GetBytes($"{Declaration}<{kind.Element} {kind.Namespaces} packages=\"{count}\">\n"), Encoding.UTF8.GetBytes($"</{kind.Element}>\n"),
        change => change.ByPath(_ => true, entry => entry.Parts[part])));

    public static IEnumerable<IndexFile> Write(IndexInput input)
    {
        var revision = input.Time.ToUnixTimeSeconds();
        var suffix = IndexPacking.Suffix(input.Settings.Compression);
        var index = new StringBuilder(Declaration);
        index.Append("<repomd xmlns=\"http://linux.duke.edu/metadata/repo\" xmlns:rpm=\"http://linux.duke.edu/metadata/rpm\">\n");
        index.Append($"  <revision>{revision}</revision>\n");
        foreach (var (kind, file) in Kinds.Zip(Kinds.AsParallel().AsOrdered().Select(kind => new IndexFile($"{kind.Type}.xml{suffix}", input.Document(kind.Type).Packed))))
            yield return Named(index, kind.Type, file, input.Document(kind.Type).PlainDigest, input.Document(kind.Type).PlainBytes, revision);
        foreach (var extra in input.Extras)
            yield return Named(index, extra.Type, new(extra.FileName + suffix, IndexPacking.Pack(extra.Content, input.Settings.Compression)), Digest.Of(extra.Content), extra.Content.Length, revision);
        var repomd = Encoding.UTF8.GetBytes(index.Append("</repomd>\n").ToString());
        yield return new("repodata/repomd.xml", repomd);
        yield return new("repodata/repomd.xml.asc", input.DetachSign(repomd, true));
    }

    /// <summary>The index of packages whose elements are given, for a repository that is not kept in shards.</summary>
    public static IReadOnlyList<(string Path, byte[] Content)> Flat(IReadOnlyList<byte[][]> parts, string main, DateTimeOffset time)
    {
        var revision = time.ToUnixTimeSeconds();
        var suffix = IndexPacking.Suffix(Compression.Gzip);
        var index = new StringBuilder(Declaration);
        index.Append("<repomd xmlns=\"http://linux.duke.edu/metadata/repo\" xmlns:rpm=\"http://linux.duke.edu/metadata/rpm\">\n");
        index.Append($"  <revision>{revision}</revision>\n");
        var files = new List<(string, byte[])>();
        for (var kind = 0; kind < Kinds.Length; kind++)
        {
            var (type, element, namespaces) = Kinds[kind];
            byte[] plain =
            [
                .. Encoding.UTF8.GetBytes($"{Declaration}<{element} {namespaces} packages=\"{parts.Count}\">\n"),
                .. parts.SelectMany(p => p[kind]),
                .. Encoding.UTF8.GetBytes($"</{element}>\n"),
            ];
            var named = Named(index, type, new($"{type}.xml{suffix}", IndexPacking.Pack(plain, Compression.Gzip)), Digest.Of(plain), plain.Length, revision);
            files.Add((named.Path, named.Content));
        }
        return [.. files, (main, Encoding.UTF8.GetBytes(index.Append("</repomd>\n").ToString()))];
    }

    private static IndexFile Named(StringBuilder index, string type, IndexFile file, Digest open, long openSize, long revision)
    {
        var path = $"repodata/{file.Digest}-{file.Path}";
        index.Append($"""
              <data type="{type}">
                <checksum type="sha256">{file.Digest}</checksum>
                <open-checksum type="sha256">{open}</open-checksum>
                <location href="{path}"/>
                <timestamp>{revision}</timestamp>
                <size>{file.Content.Length}</size>
                <open-size>{openSize}</open-size>
              </data>

            """);
        return file with { Path = path, SharedPath = path };
    }
}

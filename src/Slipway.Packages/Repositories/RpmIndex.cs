using System.Text;
using Slipway.Content;

namespace Slipway.Packages.Repositories;

/// <summary>rpm-md: <c>repodata/</c> with primary, filelists and other, named by their digests, and the signed repomd.xml.</summary>
internal static class RpmIndex
{
    private const string Declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

    private static readonly (string Type, string Element, string Namespaces)[] Documents =
    [
        ("primary", "metadata", "xmlns=\"http://linux.duke.edu/metadata/common\" xmlns:rpm=\"http://linux.duke.edu/metadata/rpm\""),
        ("filelists", "filelists", "xmlns=\"http://linux.duke.edu/metadata/filelists\""),
        ("other", "otherdata", "xmlns=\"http://linux.duke.edu/metadata/other\""),
    ];

    public static IEnumerable<IndexFile> Write(IndexInput input)
    {
        var revision = input.Time.ToUnixTimeSeconds();
        var index = new StringBuilder(Declaration);
        index.Append("<repomd xmlns=\"http://linux.duke.edu/metadata/repo\" xmlns:rpm=\"http://linux.duke.edu/metadata/rpm\">\n");
        index.Append($"  <revision>{revision}</revision>\n");
        for (var part = 0; part < Documents.Length; part++)
        {
            var type = Documents[part].Type;
            var plain = Document(input.Entries, part);
            var packed = IndexCompression.Compress(plain, Compression.Gzip);
            var digest = Digest.Of(packed);
            var path = $"repodata/{digest}-{type}.xml.gz";
            index.Append($"""
                  <data type="{type}">
                    <checksum type="sha256">{digest}</checksum>
                    <open-checksum type="sha256">{Digest.Of(plain)}</open-checksum>
                    <location href="{path}"/>
                    <timestamp>{revision}</timestamp>
                    <size>{packed.Length}</size>
                    <open-size>{plain.Length}</open-size>
                  </data>

                """);
            yield return new(path, packed, path);
        }
        var repomd = Encoding.UTF8.GetBytes(index.Append("</repomd>\n").ToString());
        yield return new("repodata/repomd.xml", repomd);
        yield return new("repodata/repomd.xml.asc", input.DetachSign(repomd, true));
    }

    private static byte[] Document(IReadOnlyList<PackageEntry> entries, int part)
    {
        var (_, element, namespaces) = Documents[part];
        var text = new MemoryStream();
        text.Write(Encoding.UTF8.GetBytes($"{Declaration}<{element} {namespaces} packages=\"{entries.Count}\">\n"));
        foreach (var entry in entries) text.Write(entry.Parts[part]);
        text.Write(Encoding.UTF8.GetBytes($"</{element}>\n"));
        return text.ToArray();
    }
}

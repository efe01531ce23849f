using System.Globalization;
using System.Text;
using Slipway.Content;
using Slipway.Packages.Debian;

namespace Slipway.Packages.Repositories;

/// <summary>A source package in apt's Sources: the stanza of its .dsc, and the files that the .dsc names.</summary>
internal static class AptSourceEntry
{
    private const int MaxDescriptionBytes = 4 << 20;
    private static readonly HashSet<string> Ours = new(StringComparer.OrdinalIgnoreCase) { "Source", "Directory", "Files", "Checksums-Sha1", "Checksums-Sha256", "Checksums-Sha512" };

    public static bool IsDescription(string fileName) => fileName.EndsWith(".dsc", StringComparison.Ordinal);

    /// <summary>The entry of the description and of each file that it names.</summary>
    /// <param name="given">What is published with it, by name.</param>
    public static IReadOnlyList<PackageEntry> Make(ContentStore store, PublishedFile description, IReadOnlyDictionary<string, PublishedFile> given)
    {
        var fields = Read(store.PathOf(description.Digest), description.FileName);
        string Field(string name) => fields.FirstOrDefault(field => field.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value ?? "";
        var (source, version) = (Field("Source"), Field("Version"));
        var stated = Lines(Field("Checksums-Sha256"));
        if (stated.Count == 0) throw Wrong(description, "it has no Checksums-Sha256", "build the source package again");
        var files = stated.Select(line => (Stated: line[0], File: given.TryGetValue(line[2], out var file) ? file : throw Wrong(description, $"it names {line[2]}, which is not published with it", "publish both"))).ToList();
        foreach (var (digest, file) in files)
            if (file.Digest.ToString() != digest) throw Wrong(description, $"{file.FileName} is not the file that it names", "build the source package again");
        List<PublishedFile> all = [description, .. files.Select(file => file.File)];
        var stanza = Stanza(source, fields, [.. all.Select(file => Listed(store, file))]);
        return [.. all.Select((file, i) => PackageEntry.Of(file, source, version, "source", $"pool/{source}/{file.FileName}", new FileInfo(store.PathOf(file.Digest)).Length, i == 0 ? stanza : []))];
    }

    private static byte[] Stanza(string source, IReadOnlyList<KeyValuePair<string, string>> fields, List<(string Name, long Size, FileDigests Older, string Sha256)> files)
    {
        var text = new StringBuilder($"Package: {source}\n");
        foreach (var (key, value) in fields)
            if (!Ours.Contains(key)) text.Append(key).Append(value.StartsWith('\n') ? ":" : ": ").Append(value).Append('\n');
        text.Append($"Directory: pool/{source}\n");
        void List(string key, Func<(string Name, long Size, FileDigests Older, string Sha256), string> digest)
        {
            text.Append(key).Append(":\n");
            foreach (var file in files) text.Append(CultureInfo.InvariantCulture, $" {digest(file)} {file.Size} {file.Name}\n");
        }
        List("Files", file => file.Older.Md5);
        List("Checksums-Sha1", file => file.Older.Sha1);
        List("Checksums-Sha256", file => file.Sha256);
        List("Checksums-Sha512", file => file.Older.Sha512);
        return Encoding.UTF8.GetBytes(text.Append('\n').ToString());
    }

    private static (string, long, FileDigests, string) Listed(ContentStore store, PublishedFile file)
    {
        using var content = store.Open(file.Digest);
        return (file.FileName, content.Length, FileDigests.Of(content), file.Digest.ToString());
    }

    private static IReadOnlyList<KeyValuePair<string, string>> Read(string path, string name)
    {
        var bytes = new FileInfo(path).Length;
        if (bytes > MaxDescriptionBytes) throw new SlipwayException($"source package {name}", $"it has {bytes} bytes, more than the {MaxDescriptionBytes} allowed");
        var text = File.ReadAllText(path);
        // A signed one is wrapped: the text lies between the armour's headers and its signature.
        if (text.StartsWith("-----BEGIN PGP SIGNED MESSAGE-----", StringComparison.Ordinal))
            text = text[(text.IndexOf("\n\n", StringComparison.Ordinal) + 2)..].Split("\n-----BEGIN PGP SIGNATURE-----")[0];
        try
        {
            var fields = ControlFields.Read(Encoding.UTF8.GetBytes(text));
            PackageNames.Check("Source", fields.FirstOrDefault(field => field.Key == "Source").Value);
            PackageNames.Check("Version", fields.FirstOrDefault(field => field.Key == "Version").Value);
            return fields;
        }
        catch (PackageFormatException error)
        {
            throw new SlipwayException($"source package {name}", error.Message, "build it again", error);
        }
    }

    private static List<string[]> Lines(string value) =>
        [.. value.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(words => words.Length == 3)];

    private static SlipwayException Wrong(PublishedFile description, string why, string remedy) => new($"source package {description.FileName}", why, remedy);
}

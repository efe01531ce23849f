using System.Globalization;
using System.Text;
using Slipway.Content;

namespace Slipway.Packages.Repositories;

/// <summary>apt's indexes: <c>dists/DIST/</c> with Packages of each architecture, their by-hash names, and the signed Release.</summary>
internal static class AptIndex
{
    private const string DefaultArchitecture = "amd64";

    public static IEnumerable<IndexFile> Write(IndexInput input)
    {
        var files = new List<IndexFile>();
        var suite = $"dists/{input.Repository.Dist}";
        var architectures = input.Entries.Select(entry => entry.Architecture).Where(name => name != "all").Append(DefaultArchitecture).Distinct().Order(StringComparer.Ordinal).ToList();
        foreach (var architecture in architectures)
        {
            var plain = Packages(input.Entries, architecture);
            var folder = $"main/binary-{architecture}";
            files.Add(new($"{folder}/Packages", plain));
            files.Add(new($"{folder}/Packages.gz", IndexCompression.Compress(plain, Compression.Gzip)));
            files.Add(new($"{folder}/Packages.xz", IndexCompression.Compress(plain, Compression.Xz)));
            files.Add(IndexFile.Text($"{folder}/Release", $"Archive: {input.Repository.Dist}\nComponent: main\nOrigin: {input.Repository.Project}\nLabel: {input.Repository.Project}\nArchitecture: {architecture}\n"));
        }
        var release = Release(input, architectures, files);
        foreach (var file in files)
        {
            yield return new($"{suite}/{file.Path}", file.Content, $"by-hash/SHA256/{Digest.Of(file.Content)}");
        }
        yield return new($"{suite}/Release", release);
        yield return new($"{suite}/Release.gpg", input.DetachSign(release, true));
        yield return new($"{suite}/InRelease", input.ClearSign(release));
    }

    /// <summary>The by-hash directories of all architectures are one, since a name there says its content.</summary>
    public static IEnumerable<(string Path, string Target)> Links(IEnumerable<IndexFile> files) => files
        .Where(file => file.SharedPath is not null).Select(file => Path.GetDirectoryName(file.Path)!).Distinct()
        .Select(folder => ($"{folder}/by-hash", string.Concat(Enumerable.Repeat("../", folder.Count(c => c == '/') + 1)) + $"{SharedFiles.Name}/by-hash"));

    private static byte[] Packages(IReadOnlyList<PackageEntry> entries, string architecture)
    {
        var text = new MemoryStream();
        foreach (var entry in entries.Where(entry => entry.Architecture == architecture || entry.Architecture == "all")) text.Write(entry.Parts[0]);
        return text.ToArray();
    }

    private static byte[] Release(IndexInput input, List<string> architectures, List<IndexFile> files)
    {
        var id = input.Repository;
        var text = new StringBuilder();
        text.Append($"Origin: {id.Project}\nLabel: {id.Project}\nSuite: {id.Dist}\nCodename: {id.Dist}\n");
        text.Append("Date: ").Append(input.Time.UtcDateTime.ToString("ddd, dd MMM yyyy HH:mm:ss 'UTC'", CultureInfo.InvariantCulture)).Append('\n');
        text.Append("Acquire-By-Hash: yes\n");
        text.Append($"Architectures: {string.Join(' ', architectures)}\nComponents: main\nDescription: packages of {id.Project} for {id.Dist}\n");
        text.Append("SHA256:\n");
        foreach (var file in files) text.Append(CultureInfo.InvariantCulture, $" {Digest.Of(file.Content)} {file.Content.Length,16} {file.Path}\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }
}

/// <summary>The compression of index files, the same bytes for the same input.</summary>
internal static class IndexCompression
{
    public static byte[] Compress(byte[] plain, Compression kind)
    {
        var packed = new MemoryStream();
        using (var stream = Compressor.Compress(packed, kind, leaveOpen: true)) stream.Write(plain);
        return packed.ToArray();
    }
}

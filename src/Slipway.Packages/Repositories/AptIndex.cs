using System.Globalization;
using System.Text;
using Slipway.Content;

namespace Slipway.Packages.Repositories;

/// <summary>apt's indexes: <c>dists/DIST/</c> with Packages and Contents of each architecture, Sources, their by-hash names, and the signed Release.</summary>
internal static class AptIndex
{
    private const string DefaultArchitecture = "amd64";
    private const string AllArchitecture = "all";

    // What source packages are counted under.
    private const string Source = "source";

    public static List<string> Architectures(IEnumerable<string> named) =>
        [.. named.Where(name => name != AllArchitecture).Append(DefaultArchitecture).Distinct().Order(StringComparer.Ordinal)];

    public static IEnumerable<IndexDocument> Documents(IReadOnlyList<string> architectures, Compression packing)
    {
        foreach (var architecture in architectures)
        {
            bool IsListed(PackageEntry entry) => entry.Architecture == architecture || (architecture != Source && entry.Architecture == AllArchitecture);
            yield return new(IndexBuild.NameOf("Packages", packing, architecture), packing, PlainForm.Content, IndexDocument.NoHead, [],
                change => change.ByPath(entry => IsListed(entry) && entry.Parts[0].Length > 0, entry => entry.Parts[0]));
            if (architecture != Source)
                yield return new(IndexBuild.NameOf("Contents", packing, architecture), packing, PlainForm.Content, IndexDocument.NoHead, [], change => AptContents.Changes(change, IsListed));
        }
    }

    public static IEnumerable<IndexFile> Write(IndexInput input)
    {
        var suite = $"dists/{input.Repository.Dist}";
        var files = input.Build.Architectures.SelectMany(architecture => FilesOf(input, architecture)).AsParallel().AsOrdered().Select(file => IndexFile.Shared(file.Path, file.Content)).ToList();
        foreach (var file in files) yield return file with { Path = $"{suite}/{file.Path}" };
        var release = Release(input, files);
        byte[] detached = [], clear = [];
        Parallel.Invoke(() => detached = input.DetachSign(release, true), () => clear = input.ClearSign(release));
        yield return new($"{suite}/Release", release);
        yield return new($"{suite}/Release.gpg", detached);
        yield return new($"{suite}/InRelease", clear);
    }

    /// <summary>The by-hash directories of all architectures are one, since a name there says its content.</summary>
    public static IEnumerable<(string Path, string Target)> Links(IEnumerable<IndexFile> files) => files
        .Where(file => file.SharedPath is not null && file.Path.Contains('/', StringComparison.Ordinal)).Select(file => Path.GetDirectoryName(file.Path)!).Distinct()
        .Select(folder => ($"{folder}/by-hash", string.Concat(Enumerable.Repeat("../", folder.Count(c => c == '/') + 1)) + $"{SharedFiles.Name}/by-hash"));

    private static IEnumerable<(string Path, byte[] Content)> FilesOf(IndexInput input, string architecture)
    {
        var id = input.Repository;
        var (folder, name) = architecture == Source ? ("main/source", "Sources") : ($"main/binary-{architecture}", "Packages");
        var packages = input.Document("Packages", architecture);
        var suffix = IndexPacking.Suffix(input.Settings.Compression);
        yield return ($"{folder}/{name}", packages.Plain);
        yield return ($"{folder}/{name}{suffix}", packages.Packed);
        yield return ($"{folder}/Release", Encoding.UTF8.GetBytes($"Archive: {id.Dist}\nComponent: main\nOrigin: {id.Project}\nLabel: {id.Project}\nArchitecture: {architecture}\nAcquire-By-Hash: yes\n"));
        if (architecture == Source) yield break;
        var contents = input.Document("Contents", architecture);
        yield return ($"main/Contents-{architecture}", contents.Plain);
        yield return ($"main/Contents-{architecture}{suffix}", contents.Packed);
    }

    private static byte[] Release(IndexInput input, List<IndexFile> files)
    {
        var id = input.Repository;
        var text = new StringBuilder();
        text.Append($"Origin: {id.Project}\nLabel: {id.Project}\nSuite: {id.Dist}\nCodename: {id.Dist}\n");
        text.Append($"Date: {Date(input.Time)}\n");
        if (input.Settings.ValidFor is { } valid) text.Append($"Valid-Until: {Date(input.Time + valid)}\n");
        text.Append("Acquire-By-Hash: yes\n");
        text.Append($"Architectures: {string.Join(' ', input.Build.Architectures.Where(name => name != Source))}\nComponents: main\nDescription: packages of {id.Project} for {id.Dist}\n");
        text.Append("SHA256:\n");
        foreach (var file in files) text.Append(CultureInfo.InvariantCulture, $" {file.Digest} {file.Content.Length,16} {file.Path}\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static string Date(DateTimeOffset time) => time.UtcDateTime.ToString("ddd, dd MMM yyyy HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}

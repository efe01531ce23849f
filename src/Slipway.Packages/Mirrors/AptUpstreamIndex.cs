using System.Globalization;
using Slipway.Content;
using Slipway.Packages.Debian;

namespace Slipway.Packages.Mirrors;

/// <summary>An apt repository's signed release file, and the Packages files that it names.</summary>
internal sealed class AptUpstreamIndex(MirrorSource source, UpstreamFetch fetch, UpstreamKeys keys, ContentStore store, TimeProvider clock)
{
    private const int MaxReleaseBytes = 32 << 20;
    private const long MaxIndexBytes = 2L << 30;
    private static readonly string[] Endings = [".xz", ".gz", ""];

    // Without a suite it is what apt calls flat: the release file, the one index and the packages below the address itself.
    private bool IsFlat => source.Suite is "" or "./" or "/";

    private string Suite => IsFlat ? "." : $"dists/{source.Suite.TrimEnd('/')}";

    public async Task<(string State, IReadOnlyList<UpstreamPackage> Packages)> ReadAsync(CancellationToken cancellation)
    {
        var (state, indexes) = await IndexesAsync(cancellation);
        return (state, [.. indexes.SelectMany(Parse).DistinctBy(package => package.Location)]);
    }

    /// <summary>The verified Packages files, plain, in the order of components.</summary>
    public async Task<(string State, IReadOnlyList<byte[]> Indexes)> IndexesAsync(CancellationToken cancellation)
    {
        var release = await ReleaseAsync(cancellation);
        var fields = ControlFields.Read(release);
        string Field(string name) => fields.FirstOrDefault(field => field.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value ?? "";
        if (Field("Valid-Until") is { Length: > 0 } until && !(Time(until) > clock.GetUtcNow()))
            throw new SlipwayException($"read {Suite} of {source.Url}", $"it was valid until {until}", "use a mirror that is kept up to date") { Kind = FailureKind.Unreachable };
        if (!IsFlat && Field("Suite") != source.Suite && Field("Codename") != source.Suite)
            throw new SlipwayException($"read {Suite} of {source.Url}", $"it says of itself to be {Field("Suite")} ({Field("Codename")})", "name the suite as it names itself");
        var files = Files(Field("SHA256"));
        var byHash = Field("Acquire-By-Hash") == "yes";
        var wanted = IsFlat ? ["Packages"] : source.Components.SelectMany(component => (source.Architectures is [] ? ["amd64"] : source.Architectures).Select(architecture => $"{component}/binary-{architecture}/Packages"));
        var indexes = await Task.WhenAll(wanted.Select(name => PackagesAsync(name, files, byHash, cancellation)));
        return (Digest.Of(release).ToString(), indexes);
    }

    private async Task<byte[]> ReleaseAsync(CancellationToken cancellation)
    {
        if (!keys.AreNeeded)
            return await fetch.SmallAsync($"{Suite}/Release", MaxReleaseBytes, cancellation) ?? throw new SlipwayException($"read {Suite} of {source.Url}", "it has no Release", "look at the address and the suite") { Kind = FailureKind.Unreachable };
        if (await fetch.SmallAsync($"{Suite}/InRelease", MaxReleaseBytes, cancellation) is { } inline) return keys.Signed(inline, $"{Suite}/InRelease of {source.Url}");
        var plain = await fetch.SmallAsync($"{Suite}/Release", MaxReleaseBytes, cancellation);
        var signature = await fetch.SmallAsync($"{Suite}/Release.gpg", MaxReleaseBytes, cancellation);
        if (plain is null || signature is null)
            throw new SlipwayException($"read {Suite} of {source.Url}", "it has neither InRelease nor Release with Release.gpg", "look at the address and the suite") { Kind = FailureKind.Unreachable };
        keys.RequireSignature(plain, signature, $"{Suite}/Release of {source.Url}");
        return plain;
    }

    private async Task<byte[]> PackagesAsync(string name, Dictionary<string, (Checksum Checksum, long Size)> files, bool byHash, CancellationToken cancellation)
    {
        var ending = Array.Find(Endings, ending => files.ContainsKey(name + ending)) ?? throw new SlipwayException($"read {Suite} of {source.Url}", $"its release file names no {name}", "look at the components and architectures");
        var (checksum, size) = files[name + ending];
        var path = byHash ? $"{name[..(name.LastIndexOf('/') + 1)]}by-hash/SHA256/{checksum.Hex}" : name + ending;
        using var packed = store.Open(await fetch.IntoStoreAsync($"{Suite}/{path}", checksum, size, cancellation));
        using var plain = Compressor.DecompressDetected(packed);
        var text = BoundedRead.All(plain, MaxIndexBytes, name);
        if (files.TryGetValue(name, out var uncompressed) && Digest.Of(text) != uncompressed.Checksum.Digest)
            throw new SlipwayException($"read {name} of {source.Url}", "unpacked, it is not what the release file says", "use another mirror");
        return text;
    }

    private static List<UpstreamPackage> Parse(byte[] text)
    {
        var packages = new List<UpstreamPackage>();
        for (var at = 0; at < text.Length;)
        {
            var length = text.AsSpan(at).IndexOf("\n\n"u8);
            var end = length < 0 ? text.Length : at + length;
            var fields = ControlFields.Read(text.AsSpan(at, end - at));
            at = end + 2;
            if (fields.Count == 0) continue;
            string Field(string name) => fields.FirstOrDefault(field => field.Key == name).Value ?? throw new SlipwayException("read an upstream index", $"a package has no {name}", "use another mirror");
            packages.Add(new(PackageNames.Check("Package", Field("Package")), Field("Version"), Field("Architecture"), Field("Filename"), Checksum.Parse("sha256", Field("SHA256")), long.Parse(Field("Size"), NumberStyles.None, CultureInfo.InvariantCulture)));
        }
        return packages;
    }

    private static Dictionary<string, (Checksum, long)> Files(string list)
    {
        var files = new Dictionary<string, (Checksum, long)>(StringComparer.Ordinal);
        foreach (var line in list.Split('\n'))
            if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var sum, var size, var path] && long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes))
                files[path] = (Checksum.Parse("sha256", sum), bytes);
        return files;
    }

    // RFC 1123 as apt reads it; what cannot be read is past.
    private static DateTimeOffset Time(string text) => DateTimeOffset.TryParse(text.Replace("UTC", "GMT", StringComparison.Ordinal), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : default;
}

using System.Globalization;
using System.Text;
using Slipway.Content;

namespace Slipway.Packages.Mirrors;

/// <summary>A pacman repository's signed database.</summary>
internal sealed class PacmanUpstreamIndex(MirrorSource source, UpstreamFetch fetch, UpstreamKeys keys)
{
    private const int MaxDatabaseBytes = 256 << 20;
    private const int MaxSignatureBytes = 1 << 16;
    private const int MaxDescriptionBytes = 1 << 20;
    private const int MaxPackages = 1 << 20;

    public async Task<(string State, IReadOnlyList<UpstreamPackage> Packages)> ReadAsync(CancellationToken cancellation)
    {
        var database = await DatabaseAsync(cancellation);
        return (Digest.Of(database).ToString(), Parse(database));
    }

    /// <summary>The verified database.</summary>
    public async Task<byte[]> DatabaseAsync(CancellationToken cancellation)
    {
        var pointers = await Task.WhenAll(fetch.SmallAsync($"{source.Suite}.db", MaxDatabaseBytes, cancellation), keys.AreNeeded ? fetch.SmallAsync($"{source.Suite}.db.sig", MaxSignatureBytes, cancellation) : Task.FromResult<byte[]?>([]));
        if (pointers is not [{ } database, { } signature])
            throw new SlipwayException($"read {source.Url}", $"it has no {source.Suite}.db with {source.Suite}.db.sig", "look at the address; databases without a signature are not mirrored") { Kind = FailureKind.Unreachable };
        keys.RequireSignature(database, signature, $"{source.Suite}.db of {source.Url}");
        return database;
    }

    private static List<UpstreamPackage> Parse(byte[] database)
    {
        using var plain = Compressor.DecompressDetected(new MemoryStream(database));
        using var tar = new TarReader(plain);
        var packages = new List<UpstreamPackage>();
        while (tar.Next() is { } entry)
        {
            if (entry.Type != NodeType.Regular || entry.Name.Name != BytePath.From("desc")) continue;
            if (entry.Size > MaxDescriptionBytes || packages.Count == MaxPackages) throw new SlipwayException("read a pacman database", $"{entry.Name} has {entry.Size} bytes, or there are more than {MaxPackages} packages");
            packages.Add(Package(Encoding.UTF8.GetString(BoundedRead.All(tar.Content, MaxDescriptionBytes, "desc"))));
        }
        return packages;
    }

    private static UpstreamPackage Package(string description)
    {
        string Field(string name)
        {
            var at = description.IndexOf($"%{name}%\n", StringComparison.Ordinal);
            if (at < 0) throw new SlipwayException("read a pacman database", $"a package has no {name}", "use another mirror");
            var start = at + name.Length + 3;
            var end = description.IndexOf('\n', start);
            return end < 0 ? description[start..] : description[start..end];
        }
        return new(PackageNames.Check("NAME", Field("NAME")), Field("VERSION"), Field("ARCH"), Field("FILENAME"), Checksum.Parse("sha256", Field("SHA256SUM")),
            long.Parse(Field("CSIZE"), NumberStyles.None, CultureInfo.InvariantCulture));
    }
}

using System.Globalization;
using System.Text;
using System.Xml;
using Slipway.Content;

namespace Slipway.Packages.Mirrors;

/// <summary>
/// Reads upstream repositories of the three kinds: nothing is believed that the given keys have not signed, packages are fetched side by
/// side, what broke off is continued, and all is kept by digest, so that the next run fetches only what is new.
/// </summary>
public sealed class MirrorReader(HttpClient http, ContentStore store, string scratch, TimeProvider clock)
{
    private const int Connections = 8;

    /// <summary>What the source holds now; packages that were asked for are in the store when this returns.</summary>
    /// <exception cref="SlipwayException">The source cannot be reached, or something of it is not as signed. What was fetched stays for the next run.</exception>
    public async Task<MirrorReport> RunAsync(MirrorSource source, CancellationToken cancellation)
    {
        var root = Root(source);
        var fetch = new UpstreamFetch(http, store, scratch, root, clock);
        Directory.CreateDirectory(Path.Combine(scratch, "signed"));
        using var keys = new UpstreamKeys(Path.Combine(scratch, "keys-" + Guid.CreateVersion7(clock.GetUtcNow()).ToString("N")), source.Keys);
        var (state, packages) = await ReadAsync(source, fetch, keys, cancellation);
        RefuseOlder(source, keys.SignedAt);
        var wanted = Wanted(source, packages);
        var digests = new Digest[wanted.Count];
        await Parallel.ForAsync(0, wanted.Count, new ParallelOptions { MaxDegreeOfParallelism = Connections, CancellationToken = cancellation },
            async (i, end) => digests[i] = await fetch.IntoStoreAsync(wanted[i].Location, wanted[i].Checksum, wanted[i].Size, end));
        AtomicFile.WriteText(SignedAtFile(source), keys.SignedAt.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        return new(state, [.. wanted.Zip(digests)], fetch.Files, fetch.Bytes);
    }

    /// <summary>An old index is as well signed as a new one; who offers it withholds what was mended since.</summary>
    private void RefuseOlder(MirrorSource source, DateTimeOffset signedAt)
    {
        var file = SignedAtFile(source);
        if (!File.Exists(file) || !long.TryParse(File.ReadAllText(file), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)) return;
        var known = DateTimeOffset.FromUnixTimeSeconds(seconds);
        if (signedAt < known)
            throw new SlipwayException($"mirror {source.Url}", $"its index was signed on {signedAt:u}, the one mirrored before on {known:u}",
                $"use another mirror; if the upstream itself went back, remove {file}")
            { Kind = FailureKind.Unreachable };
    }

    private string SignedAtFile(MirrorSource source) =>
        Path.Combine(scratch, "signed", Digest.Of(Encoding.UTF8.GetBytes($"{source.Type}\n{source.Url.TrimEnd('/')}\n{source.Suite}")).ToString());

    private async Task<(string State, IReadOnlyList<UpstreamPackage> Packages)> ReadAsync(MirrorSource source, UpstreamFetch fetch, UpstreamKeys keys, CancellationToken cancellation)
    {
        try
        {
            return source.Type switch
            {
                PackageType.Deb => await new AptUpstreamIndex(source, fetch, keys, store, clock).ReadAsync(cancellation),
                PackageType.Rpm => await new RpmUpstreamIndex(source, fetch, keys, store).ReadAsync(cancellation),
                _ => await new PacmanUpstreamIndex(source, fetch, keys).ReadAsync(cancellation),
            };
        }
        catch (Exception error) when (error is PackageFormatException or XmlException or FormatException or OverflowException or KeyNotFoundException or CompressionException or TarException)
        {
            throw new SlipwayException($"read the index of {source.Url}", error.Message, "tell its maintainers, or use another mirror", error);
        }
    }

    private static List<UpstreamPackage> Wanted(MirrorSource source, IReadOnlyList<UpstreamPackage> packages)
    {
        var missing = source.Packages.Except(packages.Select(package => package.Name)).ToList();
        if (missing.Count > 0) throw new SlipwayException($"mirror {source.Url}", $"it has no package {string.Join(", ", missing)}", "look at the names, components and architectures") { Kind = FailureKind.Usage };
        string[] everywhere = ["all", "any", "noarch"];
        return [.. packages.Where(package => source.Packages.Count == 0 || source.Packages.Contains(package.Name))
            .Where(package => source.Architectures.Count == 0 || source.Architectures.Contains(package.Architecture) || everywhere.Contains(package.Architecture))
            .Where(package => PackageFile.TypeOf(package.FileName) == source.Type)];
    }

    private static Uri Root(MirrorSource source) =>
        Uri.TryCreate(source.Url.TrimEnd('/') + "/", UriKind.Absolute, out var root) && root.Scheme is "http" or "https"
            ? root
            : throw new SlipwayException($"mirror {source.Url}", "it is no http or https address", "http://HOST/PATH") { Kind = FailureKind.Usage };
}

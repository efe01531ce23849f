using System.Globalization;
using System.Net;
using Slipway.Compose.Workspace;
using Slipway.Content;

namespace Slipway.Compose.Mixing;

/// <summary>Another stream that a mix derives from: what it publishes at its URL (format clauses 1.1 and 2.8).</summary>
public sealed class UpstreamStream(string url, HttpClient http)
{
    private const long MaxArchiveBytes = 256L << 20;
    private const int MaxPointerBytes = 64;

    /// <summary>The newest version it has.</summary>
    public async Task<uint> LatestAsync(CancellationToken cancellation) =>
        Number(await FindAsync("latest", MaxPointerBytes, cancellation).ConfigureAwait(false)
            ?? await FindAsync("update/version/latest_version", MaxPointerBytes, cancellation).ConfigureAwait(false), "latest");

    /// <summary>The format of one of its versions.</summary>
    public async Task<int> FormatAsync(uint version, CancellationToken cancellation) =>
        (int)Number(await FindAsync($"update/{version}/format", MaxPointerBytes, cancellation).ConfigureAwait(false), $"update/{version}/format");

    /// <summary>The last version of a format.</summary>
    public async Task<uint> LastOfFormatAsync(int format, CancellationToken cancellation) =>
        Number(await FindAsync($"update/version/format{format}/latest", MaxPointerBytes, cancellation).ConfigureAwait(false), $"update/version/format{format}/latest");

    /// <exception cref="SlipwayException">The version is not published there.</exception>
    public async Task RequireAsync(uint version, CancellationToken cancellation)
    {
        if (await FindAsync($"update/{version}/Manifest.MoM", 64 << 20, cancellation).ConfigureAwait(false) is null)
            throw new SlipwayException($"use version {version} of {url}", $"it has no update/{version}/Manifest.MoM", "slipway mix versions update --upstream-version latest") { Kind = FailureKind.Usage };
    }

    /// <summary>Fetches and unpacks the bundle definitions of a version, unless they are there.</summary>
    /// <param name="prefix">What the version and .tar.gz are put behind.</param>
    /// <param name="into">upstream-bundles/ of the workspace.</param>
    public static async Task EnsureBundlesAsync(string prefix, uint version, string into, HttpClient http, CancellationToken cancellation)
    {
        var place = Path.Combine(into, $"clr-bundles-{version}");
        if (prefix.Length == 0 || version == 0 || Directory.Exists(place))
            return;
        var archive = await new UpstreamStream(prefix, http).FindAsync($"{version}.tar.gz", MaxArchiveBytes, cancellation).ConfigureAwait(false)
            ?? throw new SlipwayException($"fetch the bundles of upstream version {version}", $"there is no {prefix}{version}.tar.gz", "slipway mix config set Swupd.UPSTREAM_BUNDLES_URL URL") { Kind = FailureKind.Unreachable };
        var partial = Path.Combine(into, $".{version}.partial");
        MixWorkspace.Remove(partial);
        using (var tree = RootedTree.OpenOrCreate(partial))
        using (var plain = Compressor.DecompressDetected(new MemoryStream(archive)))
            TreeExtract.Extract(plain, tree, new ExtractOptions { SetOwners = false, MakeNodes = false });
        // The archive has one directory of any name.
        var top = Directory.GetDirectories(partial) is [var only] ? only : partial;
        Directory.Move(top, place);
        MixWorkspace.Remove(partial);
    }

    private async Task<byte[]?> FindAsync(string path, long maxBytes, CancellationToken cancellation)
    {
        var address = url.TrimEnd('/') + "/" + path;
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https" or "file"))
            throw new SlipwayException($"read {address}", "it is no http, https or file address", "http://HOST/PATH") { Kind = FailureKind.Usage };
        try
        {
            if (uri.IsFile)
                return File.Exists(uri.LocalPath) ? await File.ReadAllBytesAsync(uri.LocalPath, cancellation).ConfigureAwait(false) : null;
            using var answer = await http.GetAsync(uri, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
            if (answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Gone)
                return null;
            answer.EnsureSuccessStatusCode();
            await answer.Content.LoadIntoBufferAsync(maxBytes, cancellation).ConfigureAwait(false);
            return await answer.Content.ReadAsByteArrayAsync(cancellation).ConfigureAwait(false);
        }
        catch (Exception error) when (error is HttpRequestException or IOException or TaskCanceledException && !cancellation.IsCancellationRequested)
        {
            throw new SlipwayException($"read {address}", error.Message, "look whether upstream can be reached, or work with --offline", error) { Kind = FailureKind.Unreachable };
        }
    }

    private uint Number(byte[]? text, string what) =>
        text is not null && uint.TryParse(System.Text.Encoding.ASCII.GetString(text).Trim().Split('\n')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new SlipwayException($"read {url.TrimEnd('/')}/{what}", text is null ? "upstream does not have it" : "it holds no number", "slipway mix versions update --upstream-version N --skip-format-check") { Kind = FailureKind.Unreachable };
}

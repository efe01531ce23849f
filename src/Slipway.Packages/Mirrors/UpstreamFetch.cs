using System.Net;
using System.Net.Http.Headers;
using Slipway.Content;

namespace Slipway.Packages.Mirrors;

/// <summary>Fetches from an upstream by http, https or file: bounded, tried again, continued where it broke off, and into the store only when the checksum is right.</summary>
public sealed class UpstreamFetch(HttpClient http, ContentStore store, string scratch, Uri root, TimeProvider clock)
{
    private const int Attempts = 5;
    private const int BlockBytes = 1 << 16;
    private static readonly TimeSpan Stall = TimeSpan.FromSeconds(60);
    private int _files;
    private long _bytes;

    /// <summary>Files that came with a checksum.</summary>
    public int Files => _files;

    /// <summary>Bytes that came over the network.</summary>
    public long Bytes => _bytes;

    /// <summary>A pointer: small, and without a checksum of its own. Null when the upstream has none.</summary>
    public async Task<byte[]?> SmallAsync(string location, long maxBytes, CancellationToken cancellation)
    {
        var part = Path.Combine(scratch, Guid.CreateVersion7(clock.GetUtcNow()).ToString("N") + ".pointer");
        try
        {
            return await ReceiveAsync(location, part, maxBytes, cancellation) ? await File.ReadAllBytesAsync(part, cancellation) : null;
        }
        finally
        {
            File.Delete(part);
        }
    }

    /// <summary>Content with a known checksum; what the store has is not asked for.</summary>
    public async Task<Digest> IntoStoreAsync(string location, Checksum checksum, long size, CancellationToken cancellation)
    {
        if (checksum.Digest is { } known && store.Contains(known)) return known;
        Directory.CreateDirectory(scratch);
        var part = Path.Combine(scratch, checksum.Hex[..64] + ".part");
        for (var isLast = !File.Exists(part); ; isLast = true)
        {
            if (!await ReceiveAsync(location, part, size, cancellation))
                throw new SlipwayException($"fetch {AddressOf(location)}", "the index names it, and the server does not have it", "try again: the upstream may be in the middle of a change") { Kind = FailureKind.Unreachable };
            if (new FileInfo(part).Length == size && checksum.IsOf(part)) break;
            File.Delete(part);
            // What an earlier run left may have been the beginning of something else.
            if (isLast) throw new SlipwayException($"fetch {AddressOf(location)}", $"it is not what the signed index says ({checksum})", "try again later or use another mirror; somebody may have changed it on the way");
        }
        var digest = store.AddFile(part);
        File.Delete(part);
        Interlocked.Increment(ref _files);
        return digest;
    }

    private Uri AddressOf(string location)
    {
        var isPlain = location.Length is > 0 and < 2000 && !location.StartsWith('/') && location.Split('/').All(part => part is not (".." or "")) && !location.Any(c => c is '\\' or '?' or '#' || char.IsControl(c));
        if (!isPlain) throw new SlipwayException($"fetch from {root}", $"its index names `{location}`, which is no path below it", "use another mirror");
        return new Uri(root, string.Join('/', location.Split('/').Select(part => Uri.EscapeDataString(Uri.UnescapeDataString(part)))));
    }

    /// <summary>Completes the file. False when the server does not have it.</summary>
    private async Task<bool> ReceiveAsync(string location, string file, long maxBytes, CancellationToken cancellation)
    {
        var address = AddressOf(location);
        Directory.CreateDirectory(scratch);
        if (address.IsFile)
            return Copy(address.LocalPath, file, maxBytes);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await AttemptAsync(address, file, maxBytes, cancellation);
            }
            catch (Exception error) when (error is HttpRequestException or IOException or OperationCanceledException && !cancellation.IsCancellationRequested)
            {
                if (attempt == Attempts) throw new SlipwayException($"fetch {address}", error.Message, "look whether the mirror can be reached, then try again: what has come is kept", error) { Kind = FailureKind.Unreachable };
            }
            await Task.Delay(TimeSpan.FromMilliseconds(250 << attempt), clock, cancellation);
        }
    }

    private static bool Copy(string from, string to, long maxBytes)
    {
        if (!File.Exists(from)) return false;
        if (new FileInfo(from).Length > maxBytes) throw new SlipwayException($"read {from}", $"it has more than the {maxBytes} bytes that were announced or are allowed", "make the repository's index anew");
        File.Copy(from, to, overwrite: true);
        return true;
    }

    private async Task<bool> AttemptAsync(Uri address, string file, long maxBytes, CancellationToken cancellation)
    {
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        stall.CancelAfter(Stall);
        await using var part = new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 0);
        if (part.Length >= maxBytes) part.SetLength(0);
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (part.Length > 0) request.Headers.Range = new RangeHeaderValue(part.Length, null);
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stall.Token);
        if (answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Gone) return false;
        if (answer.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable) part.SetLength(0);
        answer.EnsureSuccessStatusCode();
        var isContinued = answer.StatusCode == HttpStatusCode.PartialContent && answer.Content.Headers.ContentRange?.From == part.Length;
        if (!isContinued) part.SetLength(0);
        part.Position = part.Length;
        await using var body = await answer.Content.ReadAsStreamAsync(stall.Token);
        var block = new byte[BlockBytes];
        for (int read; (read = await body.ReadAsync(block, stall.Token)) > 0; stall.CancelAfter(Stall))
        {
            if (part.Length + read > maxBytes) throw new SlipwayException($"fetch {address}", $"it has more than the {maxBytes} bytes that were announced or are allowed", "use another mirror");
            await part.WriteAsync(block.AsMemory(0, read), stall.Token);
            Interlocked.Add(ref _bytes, read);
        }
        return true;
    }
}

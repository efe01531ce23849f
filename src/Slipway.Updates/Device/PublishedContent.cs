using Slipway.Content;

namespace Slipway.Updates.Device;

/// <summary>
/// Published files below one URL, http(s):// or file://. A file that is not there is null; a server or directory that is
/// not there is an error, so that it is never read as an empty one.
/// </summary>
internal sealed class PublishedContent
{
    private readonly string _base;
    private readonly string? _directory;
    private readonly HttpTransfer _http;
    private readonly TransferCounter _counter;

    public PublishedContent(string url, HttpTransfer http, TransferCounter counter)
    {
        _base = url.TrimEnd('/');
        _http = http;
        _counter = counter;
        if (!Uri.TryCreate(_base, UriKind.Absolute, out var parsed) || parsed.Scheme is not ("http" or "https" or "file"))
        {
            throw new SlipwayException($"URL {url}", "it is not http://, https:// or file://", "give a whole URL, for example file:///srv/www") { Kind = FailureKind.Usage };
        }
        _directory = parsed.IsFile ? parsed.LocalPath : null;
    }

    public string Url => _base;

    public string UrlOf(string path) => $"{_base}/{path}";

    /// <summary>The content of a small file; null when it is not there.</summary>
    public async Task<byte[]?> ReadAsync(string path, int maxBytes, CancellationToken cancel)
    {
        if (_directory is not null)
        {
            var file = LocalFile(path, maxBytes);
            return file is null ? null : await File.ReadAllBytesAsync(file, cancel);
        }
        using var buffer = new MemoryStream();
        return await _http.ReceiveAsync(UrlOf(path), buffer, maxBytes, cancel) ? buffer.ToArray() : null;
    }

    /// <summary>
    /// Brings a file to this machine; what was received of it before is kept and continued. Null when it is not there.
    /// A local source's own file is returned as it is.
    /// </summary>
    public async Task<FetchedFile?> FetchAsync(string path, string downloads, long maxBytes, CancellationToken cancel)
    {
        if (_directory is not null)
        {
            var file = LocalFile(path, maxBytes);
            return file is null ? null : new FetchedFile(file, UrlOf(path), Temporary: false);
        }
        var target = Path.Combine(downloads, path.Replace('/', '_'));
        var part = target + ".part";
        bool found;
        await using (var stream = new FileStream(part, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None))
        {
            found = await _http.ReceiveAsync(UrlOf(path), stream, maxBytes, cancel);
        }
        if (!found)
        {
            File.Delete(part);
            return null;
        }
        File.Move(part, target, overwrite: true);
        return new FetchedFile(target, UrlOf(path), Temporary: true);
    }

    private string? LocalFile(string path, long maxBytes)
    {
        if (!Directory.Exists(_directory))
        {
            throw new SlipwayException($"content at {_base}", "the directory is not there", "check the URL, or mount what it lies on") { Kind = FailureKind.Unreachable };
        }
        var file = new FileInfo(Path.Combine(_directory, path));
        _counter.AddRequest();
        if (!file.Exists)
        {
            return null;
        }
        HttpTransfer.CheckLength(UrlOf(path), file.Length, maxBytes);
        _counter.AddBytes(file.Length);
        return file.FullName;
    }
}

/// <summary>A file that was brought here.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Url">Where it came from; names it in errors.</param>
/// <param name="Temporary">True when it is ours to delete.</param>
internal sealed record FetchedFile(string Path, string Url, bool Temporary)
{
    public FileStream Open() => new(Path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);

    public void Discard()
    {
        if (Temporary)
        {
            File.Delete(Path);
        }
    }
}

/// <summary>Counts what was transferred; used by many tasks at a time.</summary>
internal sealed class TransferCounter
{
    private long _bytes;
    private int _requests;

    public long Bytes => Interlocked.Read(ref _bytes);

    public int Requests => Volatile.Read(ref _requests);

    public void AddBytes(long count) => Interlocked.Add(ref _bytes, count);

    public void AddRequest() => Interlocked.Increment(ref _requests);
}

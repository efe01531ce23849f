using Slipway.Content;
using Slipway.Updates.Device;

namespace Slipway.Updates;

/// <summary>Files of a published tree, from where it is published to a directory here.</summary>
internal sealed class MirrorFiles
{
    private const string Incoming = ".incoming";
    private const int OtherFileSystem = 18;
    private const int NotPermitted = 1;
    private const int TooManyNames = 31;

    private readonly string _target;
    private readonly string _downloads;
    private readonly PublishedContent _content;
    private int _files;
    private long _bytes;

    public MirrorFiles(MirrorOptions options, HttpTransfer http, TransferCounter counter)
    {
        _target = Path.GetFullPath(options.Target);
        _downloads = Path.Combine(_target, Incoming);
        Directory.CreateDirectory(_downloads);
        LocalRoot = Uri.TryCreate(options.Source, UriKind.Absolute, out var url) && !options.Source.StartsWith('/')
            ? (url.IsFile ? url.LocalPath : null)
            : Path.GetFullPath(options.Source);
        _content = new PublishedContent(LocalRoot is null ? options.Source : new Uri(LocalRoot).AbsoluteUri, http, counter);
    }

    /// <summary>The directory that is brought here; null for an address.</summary>
    public string? LocalRoot { get; }

    public int Count => _files;

    public long Bytes => Interlocked.Read(ref _bytes);

    public string UrlOf(string path) => _content.UrlOf(path);

    public string TargetOf(string path) => Path.Combine(_target, path);

    /// <summary>False when it is not there.</summary>
    public async Task<bool> BringAsync(string path, long maxBytes, CancellationToken cancellation)
    {
        var target = TargetOf(path);
        if (!File.Exists(target))
        {
            if (await _content.FetchAsync(path, _downloads, maxBytes, cancellation).ConfigureAwait(false) is not { } fetched)
                return false;
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            if (fetched.Temporary) File.Move(fetched.Path, target, overwrite: true);
            else Link(fetched.Path, path);
        }

        Interlocked.Increment(ref _files);
        Interlocked.Add(ref _bytes, new FileInfo(target).Length);
        return true;
    }

    /// <summary>A pointer: it moves while its stream lives, so it is read anew each time.</summary>
    public async Task<byte[]?> ReadAnewAsync(string path, int maxBytes, CancellationToken cancellation)
    {
        var content = await _content.ReadAsync(path, maxBytes, cancellation).ConfigureAwait(false);
        if (content is null)
            return null;
        Directory.CreateDirectory(Path.GetDirectoryName(TargetOf(path))!);
        AtomicFile.Write(TargetOf(path), content);
        return content;
    }

    /// <summary>Every file of a directory, whether anything names it or not: what answered before goes on answering.</summary>
    /// <returns>The numbers of the version directories.</returns>
    public async Task<IReadOnlyList<uint>> BringTreeAsync(CancellationToken cancellation)
    {
        using var tree = RootedTree.Open(LocalRoot!);
        foreach (var entry in tree.Walk().Where(e => e.Stat.Type == NodeType.Regular && BytePath.From(e.Path.ToString()) == e.Path))
            await BringAsync(entry.Path.ToString(), long.MaxValue, cancellation).ConfigureAwait(false);
        return [.. tree.List(BytePath.Empty).Where(e => e.Stat.Type == NodeType.Directory).Select(e => Number(e.Path.ToString())).Where(v => v > 0).Order()];
    }

    public void Finish()
    {
        using var tree = RootedTree.Open(_target);
        tree.RemoveTree(BytePath.From(Incoming));
        tree.SyncAll();
    }

    internal static uint Number(string text) =>
        text.Length > 0 && text[0] != '0' && uint.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : 0;

    private void Link(string source, string path)
    {
        using var tree = RootedTree.Open(_target);
        try
        {
            tree.LinkFromOutside(source, BytePath.From(path));
        }
        catch (TreeException e) when (e.Errno is OtherFileSystem or NotPermitted or TooManyNames)
        {
            using var content = File.OpenRead(source);
            tree.WriteFile(BytePath.From(path), content, 0x1a4);
        }
    }
}

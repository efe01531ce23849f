using System.Collections.Concurrent;
using Slipway.Content;

namespace Slipway.Updates;

/// <summary>What earlier runs made, kept by the hashes it was made of, so that nothing is compressed or compared twice.
/// A file is there under its name only when it is whole and on disk.</summary>
internal sealed class ContentCache : IDisposable
{
    // A sync of the whole file system waits for what everybody else wrote, too.
    private const int FewFiles = 16;
    private const int NotPermitted = 1;
    private const int OtherFileSystem = 18;
    private const int TooManyNames = 31;

    private readonly string _root;
    private readonly string _incoming;
    private readonly string _rules;
    private readonly RootedTree _tree;
    private readonly FileStream _lock;
    private readonly ConcurrentBag<(string Temporary, string Final)> _pending = [];
    private readonly Lock _commit = new();
    private readonly ConcurrentDictionary<string, bool> _directories = new(StringComparer.Ordinal);
    private int _counter;

    public ContentCache(string stateDirectory, CodecRules rules)
    {
        _root = Path.Combine(stateDirectory, "cache");
        _incoming = Path.Combine(_root, "incoming");
        _rules = rules.CacheName;
        Directory.CreateDirectory(_root);
        _lock = Lock(Path.Combine(_root, "lock"), stateDirectory);
        if (Directory.Exists(_incoming)) RemoveIncoming();
        Directory.CreateDirectory(_incoming);
        _tree = RootedTree.Open(stateDirectory);
    }

    /// <summary>Where hashes are remembered by content digest, over all versions.</summary>
    public string Digests => Path.Combine(_root, "hashes", "digests");

    public string Bundles => Path.Combine(_root, "bundles");

    public string HashesOf(uint version) => Path.Combine(_root, "hashes", version.ToString(System.Globalization.CultureInfo.InvariantCulture));

    public string Fullfile(SwupdHash hash) => Spread(Path.Combine("fullfiles", _rules), hash.ToString());

    public string Group(Digest members, Compression kind) =>
        Spread(Path.Combine("groups", _rules, kind == Compression.Xz ? "xz" : "zstd"), members.ToString());

    /// <summary>The compressed content of one large file, without what an archive puts around it.</summary>
    public string Content(SwupdHash hash) => Spread(Path.Combine("contents", _rules), hash.ToString());

    public string Delta(SwupdHash from, SwupdHash to) => Spread("deltas", $"{to}-{from}");

    /// <summary>Writes a file that gets its name at the next <see cref="Commit"/>.</summary>
    public void Add(string final, ReadOnlySpan<byte> content)
    {
        var temporary = NewTemporary();
        using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0)) file.Write(content);
        Adopt(temporary, final);
    }

    public string NewTemporary() =>
        Path.Combine(_incoming, Interlocked.Increment(ref _counter).ToString(System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>Takes over a file written under a name of <see cref="NewTemporary"/>.</summary>
    public void Adopt(string temporary, string final) => _pending.Add((temporary, final));

    /// <summary>Makes everything added so far durable, then visible; what is added meanwhile waits for the next time. One sync for
    /// many files: thousands of single ones take minutes.</summary>
    public void Commit()
    {
        using var alone = _commit.EnterScope();
        var added = new List<(string Temporary, string Final)>();
        while (_pending.TryTake(out var file)) added.Add(file);
        if (added.Count > FewFiles) _tree.SyncAll();
        else foreach (var (temporary, _) in added) _tree.Sync(Below(temporary));
        foreach (var (temporary, final) in added)
        {
            MakeParent(final);
            File.Move(temporary, final, overwrite: true);
        }
    }

    /// <summary>Gives a file a second name in the published tree; a name that is there already is left alone.</summary>
    public void Link(string existing, string published)
    {
        if (File.Exists(published)) return;
        MakeParent(published);
        try
        {
            _tree.MakeHardLink(Below(existing), Below(published));
        }
        catch (TreeException e) when (e.Errno is NotPermitted or OtherFileSystem or TooManyNames)
        {
            AtomicFile.Write(published, File.ReadAllBytes(existing));
        }
    }

    public void Sync() => _tree.SyncAll();

    /// <summary>The file system's own clock: what a file changed at this moment would get.</summary>
    public long NowNs()
    {
        var temporary = NewTemporary();
        File.WriteAllBytes(temporary, []);
        var now = _tree.Stat(Below(temporary))!.Value.ChangedNs;
        File.Delete(temporary);
        return now;
    }

    public void Dispose()
    {
        RemoveIncoming();
        _tree.Dispose();
        _lock.Dispose();
    }

    private BytePath Below(string path) => BytePath.From(Path.GetRelativePath(_tree.Directory, path));

    private string Spread(string kind, string name) => Path.Combine(_root, kind, name[..2], name);

    private void MakeParent(string path)
    {
        var directory = Path.GetDirectoryName(path)!;
        if (_directories.ContainsKey(directory)) return;
        Directory.CreateDirectory(directory);
        _directories[directory] = true;
    }

    private void RemoveIncoming()
    {
        foreach (var file in Directory.EnumerateFiles(_incoming)) File.Delete(file);
    }

    private static FileStream Lock(string file, string stateDirectory)
    {
        try
        {
            return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new SlipwayException($"cannot make content in {stateDirectory}", "another run is at work there",
                "wait until it ends", e)
            { Kind = FailureKind.Blocked };
        }
    }
}

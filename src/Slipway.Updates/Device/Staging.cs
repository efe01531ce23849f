using System.Collections.Concurrent;
using Slipway.Content;

namespace Slipway.Updates.Device;

/// <summary>
/// Content that is ready to be put in place, by hash, with its mode and owner. Only what has its hash is in it; it lies in
/// the root, so that a rename puts it in place (format 2.6).
/// </summary>
internal sealed class Staging
{
    private readonly RootedTree _root;
    private readonly BytePath _area;
    private readonly ConcurrentDictionary<SwupdHash, byte> _ready = new();
    private int _counter;

    public Staging(RootedTree root, BytePath area)
    {
        _root = root;
        _area = area;
        root.MakeDirectories(area);
    }

    public BytePath PathOf(SwupdHash hash) => _area.Join(hash.ToString());

    public bool Has(SwupdHash hash) => _ready.ContainsKey(hash);

    /// <summary>Takes over what an earlier run left, where it still has its hash, and removes everything else.</summary>
    public void Adopt(IReadOnlySet<SwupdHash> needed)
    {
        foreach (var entry in _root.List(_area))
        {
            var good = SwupdHash.TryParse(entry.Path.Name.Span, out var hash) && needed.Contains(hash) && NodeHash.Of(_root, entry.Path, entry.Stat) == hash;
            if (good)
            {
                _ready[hash] = 0;
            }
            else
            {
                _root.RemoveTree(entry.Path);
            }
        }
    }

    /// <summary>Adds a member of a pack or fullfile; false when its hash is another one.</summary>
    public bool Add(SwupdHash expected, TarEntry entry, Stream content)
    {
        switch (entry.Type)
        {
            case NodeType.Regular:
                return AddFile(expected, (uint)entry.Mode, entry.Uid, entry.Gid, entry.Size, content);
            case NodeType.Directory when SwupdHash.OfDirectory((uint)entry.Mode, entry.Uid, entry.Gid) == expected:
                Place(expected, temporary =>
                {
                    _root.MakeDirectory(temporary, 0x1c0);
                    _root.Chown(temporary, entry.Uid, entry.Gid);
                    _root.Chmod(temporary, entry.Mode);
                });
                return true;
            case NodeType.Symlink when SwupdHash.OfLink(entry.Uid, entry.Gid, entry.LinkTarget.Span) == expected:
                Place(expected, temporary => MakeLink(temporary, entry.LinkTarget, entry.Uid, entry.Gid));
                return true;
            default:
                return false;
        }
    }

    /// <summary>Adds a regular file; false when its hash is another one.</summary>
    public bool AddFile(SwupdHash expected, uint mode, uint uid, uint gid, long size, Stream content)
    {
        var temporary = Temporary();
        using var hasher = SwupdHasher.ForFile(mode, uid, gid, size);
        using var hashing = new HashingStream(content, hasher);
        _root.WriteFile(temporary, hashing, (int)mode & 0xfff, uid: uid, gid: gid);
        if (hasher.Finish() != expected)
        {
            _root.Remove(temporary);
            return false;
        }
        _root.Rename(temporary, PathOf(expected));
        _ready[expected] = 0;
        return true;
    }

    /// <summary>A second one of what is staged, for another path that has the same hash.</summary>
    public BytePath Copy(SwupdHash hash)
    {
        var (from, temporary) = (PathOf(hash), Temporary());
        var stat = _root.Stat(from) ?? throw new SlipwayException($"staged content {hash}", "it went away", "run this again");
        if (stat.Type == NodeType.Symlink)
        {
            MakeLink(temporary, _root.ReadLink(from), stat.Uid, stat.Gid);
            return temporary;
        }
        using var content = _root.OpenRead(from);
        _root.WriteFile(temporary, content, stat.Permissions, uid: stat.Uid, gid: stat.Gid);
        return temporary;
    }

    public void Clear() => _root.RemoveTree(_area);

    private void Place(SwupdHash hash, Action<BytePath> make)
    {
        var temporary = Temporary();
        make(temporary);
        if (_root.Exists(PathOf(hash)))
        {
            _root.Remove(temporary);
        }
        else
        {
            _root.Rename(temporary, PathOf(hash));
        }
        _ready[hash] = 0;
    }

    private void MakeLink(BytePath path, BytePath target, uint uid, uint gid)
    {
        _root.MakeSymlink(path, target);
        _root.Chown(path, uid, gid);
    }

    private BytePath Temporary() => _area.Join($"new-{Interlocked.Increment(ref _counter)}");
}

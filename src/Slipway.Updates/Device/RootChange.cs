using System.Globalization;
using Slipway.Content;

namespace Slipway.Updates.Device;

/// <summary>
/// Puts staged content in place (format 2.6). Each path goes from old to new in one rename; killed anywhere, the next run
/// finds what is left to do by comparing the root with the plan.
/// </summary>
internal sealed class RootChange(RootedTree root, Staging staging, FileSet target, DeviceFigures figures, DateTimeOffset now)
{
    internal const string TemporaryPrefix = ".slipway-";
    private const int CrossDevice = 18;
    private static readonly BytePath OsRelease = BytePath.From("/usr/lib/os-release");

    private readonly Dictionary<SwupdHash, int> _uses = [];
    private readonly HashSet<BytePath> _soundParents = [];

    /// <summary>What a root has moved aside because something of its own was in a replaced directory.</summary>
    public List<BytePath> MovedAside { get; } = [];

    /// <summary>Hears each path before each step of its change; for tests that stop in the middle.</summary>
    internal Action<BytePath>? BeforeEach { get; init; }

    public void Apply(IReadOnlyList<ManifestRecord> writes, IReadOnlyList<BytePath> deletes)
    {
        foreach (var record in writes)
        {
            _uses[record.Hash] = _uses.GetValueOrDefault(record.Hash) + 1;
        }
        var becomesOther = writes.Where(record => record.Type != RecordType.Directory && root.Stat(record.Name)?.Type == NodeType.Directory).Select(record => record.Name).ToList();
        var early = deletes.Where(path => becomesOther.Any(path.IsBelow)).ToHashSet();
        foreach (var path in deletes.Where(early.Contains))
        {
            Delete(path);
        }
        foreach (var record in writes.Where(record => record.Type == RecordType.Directory))
        {
            Step(record, PutDirectory);
        }
        // The file that names the version comes last: whoever looks at it sees the new number only over new files.
        foreach (var record in writes.Where(record => record.Type != RecordType.Directory).OrderBy(record => record.Name == OsRelease))
        {
            Step(record, Put);
        }
        foreach (var path in deletes.Where(path => !early.Contains(path)))
        {
            Delete(path);
        }
    }

    /// <summary>Removes what a killed run left beside the paths it worked on.</summary>
    public void Sweep(IReadOnlyCollection<BytePath> paths)
    {
        var originals = paths.ToDictionary(path => Beside(path).Relative);
        foreach (var directory in paths.Select(path => path.Parent).Distinct())
        {
            if (root.StatFollowing(directory)?.Type != NodeType.Directory)
            {
                continue;
            }
            foreach (var entry in root.List(directory).Where(entry => entry.Path.Name.StartsWith(TemporaryPrefix)))
            {
                if (originals.TryGetValue(entry.Path, out var original))
                {
                    Discard(entry.Path, original);
                }
                else if (entry.Stat.Type == NodeType.Regular && !target.Records.ContainsKey(BytePath.From("/").Join(entry.Path)))
                {
                    root.Remove(entry.Path);
                }
            }
        }
    }

    private void Step(ManifestRecord record, Action<ManifestRecord> put)
    {
        BeforeEach?.Invoke(record.Name);
        RequireSoundParent(record.Name);
        put(record);
        figures.AddWritten();
    }

    private void PutDirectory(ManifestRecord record)
    {
        var wanted = root.Stat(staging.PathOf(record.Hash)) ?? throw new SlipwayException($"staged content of {record.Name}", "it went away", "run this again");
        var there = root.Stat(record.Name);
        if (there?.Type == NodeType.Directory)
        {
            SetOwnerAndMode(record.Name, wanted);
            return;
        }
        var fresh = Beside(record.Name);
        root.RemoveTree(fresh);
        root.MakeDirectory(fresh, 0x1c0);
        SetOwnerAndMode(fresh, wanted);
        if (there is null)
        {
            BeforeEach?.Invoke(record.Name);
            root.Rename(fresh, record.Name);
            return;
        }
        BeforeEach?.Invoke(record.Name);
        root.Exchange(fresh, record.Name);
        BeforeEach?.Invoke(record.Name);
        root.Remove(fresh);
    }

    private void Put(ManifestRecord record)
    {
        var last = --_uses[record.Hash] == 0;
        var source = last ? staging.PathOf(record.Hash) : staging.Copy(record.Hash);
        if (root.Stat(record.Name)?.Type != NodeType.Directory)
        {
            Move(source, record.Name);
            return;
        }
        var fresh = Beside(record.Name);
        Move(source, fresh);
        BeforeEach?.Invoke(record.Name);
        root.Exchange(fresh, record.Name);
        BeforeEach?.Invoke(record.Name);
        Discard(fresh, record.Name);
    }

    /// <summary>One rename; over the border of a file system a copy beside the target, then a rename.</summary>
    private void Move(BytePath source, BytePath target)
    {
        try
        {
            root.Rename(source, target);
        }
        catch (TreeException error) when (error.Errno == CrossDevice)
        {
            var stat = root.Stat(source)!.Value;
            if (stat.Type == NodeType.Symlink)
            {
                var link = Beside(target);
                root.Remove(link);
                root.MakeSymlink(link, root.ReadLink(source));
                root.Chown(link, stat.Uid, stat.Gid);
                root.Rename(link, target);
            }
            else
            {
                using var content = root.OpenRead(source);
                root.WriteFile(target, content, stat.Permissions, sync: true, stat.Uid, stat.Gid);
            }
            root.Remove(source);
        }
    }

    /// <summary>Removes a replaced directory; where something of the device's own is left in it, it is kept under another name.</summary>
    private void Discard(BytePath path, BytePath original)
    {
        try
        {
            root.Remove(path);
        }
        catch (TreeException)
        {
            var stamp = now.UtcDateTime.ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture);
            var kept = original.Parent.Join($"{original.Name}.replaced-{stamp}");
            root.Rename(path, kept);
            MovedAside.Add(kept);
        }
    }

    private void Delete(BytePath path)
    {
        BeforeEach?.Invoke(path);
        if (root.Stat(path) is not { } stat || !ParentsAreReal(path))
        {
            return;
        }
        try
        {
            if (root.Remove(path))
            {
                figures.AddDeleted();
            }
        }
        catch (TreeException) when (stat.Type == NodeType.Directory)
        {
            // Something of the device's own is in it, or it is mounted upon: it stays.
        }
    }

    private void SetOwnerAndMode(BytePath path, FileStat wanted)
    {
        var there = root.Stat(path)!.Value;
        if (there.Uid != wanted.Uid || there.Gid != wanted.Gid)
        {
            root.Chown(path, wanted.Uid, wanted.Gid);
        }
        root.Chmod(path, wanted.Permissions);
    }

    /// <summary>
    /// The directory that a path lies in must be a directory or a link that the release itself has there; a link that somebody
    /// else put there would send the write to another place of the root.
    /// </summary>
    private void RequireSoundParent(BytePath path)
    {
        var parent = path.Parent;
        if (parent.Relative.IsEmpty || _soundParents.Contains(parent))
        {
            return;
        }
        RequireSoundParent(parent);
        var type = root.Stat(parent)?.Type;
        if (type is null)
        {
            root.MakeDirectory(parent, 0x1ed);
        }
        else if (type != NodeType.Directory && !(type == NodeType.Symlink && target.Records.GetValueOrDefault(parent) is { Type: RecordType.Link, IsPresent: true }))
        {
            throw new SlipwayException($"path {path}", $"{parent} is no directory, but the release has none for it either", $"move {parent} away");
        }
        _soundParents.Add(parent);
    }

    private bool ParentsAreReal(BytePath path)
    {
        for (var parent = path.Parent; !parent.Relative.IsEmpty; parent = parent.Parent)
        {
            if (root.Stat(parent)?.Type != NodeType.Directory)
            {
                return false;
            }
        }
        return true;
    }

    private static BytePath Beside(BytePath path) => path.Parent.Join(BytePath.From(TemporaryPrefix + Digest.Of(path.Name.Span)));
}

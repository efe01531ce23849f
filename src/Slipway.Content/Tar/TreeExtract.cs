namespace Slipway.Content;

/// <summary>How an archive is unpacked.</summary>
public sealed record ExtractOptions
{
    /// <summary>Added to every owner and group; 0 leaves them as they are. For roots that belong to a range of subordinate ids.</summary>
    public uint UidShift { get; init; }

    /// <summary>False leaves owner and group to be those of the process; true needs root.</summary>
    public bool SetOwners { get; init; } = true;

    /// <summary>False skips device nodes, pipes and sockets.</summary>
    public bool MakeNodes { get; init; } = true;

    /// <summary>Looks at each member before it is made: returns it, another in its place, or null to skip it. Unset takes all.</summary>
    public Func<TarEntry, TarEntry?>? Map { get; init; }

    /// <summary>What the archive may hold.</summary>
    public TarLimits Limits { get; init; } = new();
}

/// <summary>Unpacks archives into a rooted tree. Whatever the archive says, nothing outside the tree is touched.</summary>
public static class TreeExtract
{
    /// <summary>
    /// Unpacks every member. Files and links replace what has their name; a directory is merged with one that exists,
    /// and also with a symbolic link that leads to one inside the tree (a merged /usr). Returns the number of members made.
    /// </summary>
    public static int Extract(Stream tar, RootedTree into, ExtractOptions? options = null)
    {
        options ??= new ExtractOptions();
        using var reader = new TarReader(tar, options.Limits);
        var directories = new List<TarEntry>();
        var count = 0;
        while (reader.Next() is { } member)
        {
            var entry = options.Map is null ? member : options.Map(member);
            if (entry is null) continue;
            Make(Checked(entry), reader.Content, into, options, directories);
            count++;
        }

        // A directory's mode may forbid to write in it, and writing changes its time: both come last, the deepest first.
        for (var i = directories.Count - 1; i >= 0; i--)
        {
            into.Chmod(directories[i].Name, directories[i].Mode);
            into.SetModified(directories[i].Name, Nanoseconds(directories[i]));
        }

        return count;
    }

    private static TarEntry Checked(TarEntry entry)
    {
        Check(entry.Name, "its name", entry.Name);
        if (entry.Type == NodeType.HardLink) Check(entry.LinkTarget, "its hard link target", entry.Name);
        return entry with { Name = entry.Name.Relative };
    }

    private static void Check(BytePath path, string what, BytePath member)
    {
        if (path.StartsWith("/"u8)) throw new TarException($"{what} is absolute", member);
        if (path.HasParentComponent) throw new TarException($"{what} has a `..`", member);
    }

    private static void Make(TarEntry entry, Stream content, RootedTree into, ExtractOptions options, List<TarEntry> directories)
    {
        var path = entry.Name;
        if (!path.IsEmpty) into.MakeDirectories(path.Parent);
        switch (entry.Type)
        {
            case NodeType.Directory:
                MakeDirectory(entry, into, options, directories);
                return;
            case NodeType.Regular:
                Refuse(into, path);
                into.WriteFile(path, content, entry.Mode, sync: false, Owner(entry.Uid, options), Owner(entry.Gid, options));
                into.SetModified(path, Nanoseconds(entry));
                break;
            case NodeType.Symlink:
                Free(into, path);
                into.MakeSymlink(path, entry.LinkTarget);
                Own(entry, into, options);
                into.SetModified(path, Nanoseconds(entry));
                break;
            case NodeType.HardLink:
                MakeHardLink(entry, into);
                return;
            case NodeType.CharDevice or NodeType.BlockDevice or NodeType.Fifo:
                if (!options.MakeNodes) return;
                Free(into, path);
                into.MakeNode(path, entry.Type, entry.Mode, DeviceNumber.Make(entry.DeviceMajor, entry.DeviceMinor));
                Own(entry, into, options);
                into.Chmod(path, entry.Mode);
                break;
            default:
                throw new TarException("its type is not known", path);
        }

        foreach (var (attribute, value) in entry.Xattrs ?? new Dictionary<string, byte[]>()) into.SetXattr(path, attribute, value);
    }

    private static void MakeDirectory(TarEntry entry, RootedTree into, ExtractOptions options, List<TarEntry> directories)
    {
        var path = entry.Name;
        var existing = into.Stat(path);
        if (existing?.Type == NodeType.Symlink && into.StatFollowing(path)?.Type == NodeType.Directory) return;
        if (existing is not null and not { Type: NodeType.Directory }) into.Remove(path);
        into.MakeDirectory(path, entry.Mode | 0x1c0);
        Own(entry, into, options);
        foreach (var (attribute, value) in entry.Xattrs ?? new Dictionary<string, byte[]>()) into.SetXattr(path, attribute, value);
        directories.Add(entry);
    }

    private static void MakeHardLink(TarEntry entry, RootedTree into)
    {
        var target = entry.LinkTarget.Relative;
        var existing = into.Stat(target) ?? throw new TarException($"it is a link to {target}, which is not there", entry.Name);
        if (existing.Type == NodeType.Directory) throw new TarException($"it is a link to the directory {target}", entry.Name);
        if (target == entry.Name) return;
        Free(into, entry.Name);
        into.MakeHardLink(target, entry.Name);
    }

    private static void Own(TarEntry entry, RootedTree into, ExtractOptions options)
    {
        if (options.SetOwners) into.Chown(entry.Name, Owner(entry.Uid, options)!.Value, Owner(entry.Gid, options)!.Value);
    }

    private static uint? Owner(uint id, ExtractOptions options)
    {
        if (!options.SetOwners) return null;
        var shifted = (ulong)id + options.UidShift;
        // The last number means "leave it" to chown.
        return shifted < uint.MaxValue ? (uint)shifted : throw new TarException($"owner {id} is out of range");
    }

    private static void Free(RootedTree into, BytePath path)
    {
        Refuse(into, path);
        into.Remove(path);
    }

    private static void Refuse(RootedTree into, BytePath path)
    {
        if (path.IsEmpty) throw new TarException("a member other than a directory has no name");
        if (into.Stat(path)?.Type == NodeType.Directory) throw new TarException("a directory has its name already", path);
    }

    private static long Nanoseconds(TarEntry entry) => checked(Math.Clamp(entry.ModifiedUnix, -4_000_000_000, 9_000_000_000) * 1_000_000_000);
}

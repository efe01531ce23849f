using Slipway.Content;

namespace Slipway.Packages.Rpm;

/// <summary>The file list of a header.</summary>
internal sealed class RpmFileList
{
    private const ulong Sha256 = 8;

    private RpmFileList(IReadOnlyList<PackagedFile> files, IReadOnlyList<uint> deviceNumbers, ulong[] inodes, string[] capabilities)
    {
        Files = files;
        DeviceNumbers = deviceNumbers;
        Inodes = inodes;
        Capabilities = capabilities;
    }

    public IReadOnlyList<PackagedFile> Files { get; }

    /// <summary>rpm's 16-bit form: major in the upper byte, minor in the lower.</summary>
    public IReadOnlyList<uint> DeviceNumbers { get; }

    /// <summary>Equal numbers are hard links of one file.</summary>
    public ulong[] Inodes { get; }

    public string[] Capabilities { get; }

    public static RpmFileList Read(RpmHeader header)
    {
        var names = header.Bytes(RpmTag.BaseNames);
        var directories = header.Bytes(RpmTag.DirectoryNames);
        var count = names.Length;
        var at = Needed(RpmTag.DirectoryIndexes);
        var modes = Needed(RpmTag.FileModes);
        var flags = Needed(RpmTag.FileFlags);
        var times = Needed(RpmTag.FileTimes);
        var sizes = header.Has(RpmTag.LongFileSizes) ? Needed(RpmTag.LongFileSizes) : Needed(RpmTag.FileSizes);
        var users = Texts(RpmTag.FileUsers);
        var groups = Texts(RpmTag.FileGroups);
        var digests = header.Number(RpmTag.FileDigestAlgorithm) == Sha256 ? Texts(RpmTag.FileDigests) : Enumerable.Repeat("", count).ToArray();
        var targets = header.Bytes(RpmTag.FileLinkTargets);
        var devices = header.Numbers(RpmTag.FileDevices);

        var files = new List<PackagedFile>(count);
        for (var i = 0; i < count; i++)
        {
            if (at[i] >= (ulong)directories.Length) throw new PackageFormatException($"file {i} of its list is in a directory that is not listed");
            var mode = (int)(modes[i] & 0xffff);
            var type = FileStat.TypeOf(mode);
            files.Add(new PackagedFile(
                PathOf(directories[at[i]], names[i]), type, mode & 0xfff, users[i], groups[i], checked((long)Math.Min(sizes[i], long.MaxValue)),
                type == NodeType.Regular ? digests[i] : "", i < targets.Length && type == NodeType.Symlink ? new BytePath(targets[i]) : default, (long)times[i], (uint)flags[i]));
        }
        return new RpmFileList(files, [.. Enumerable.Range(0, count).Select(i => i < devices.Length ? (uint)devices[i] : 0)], LinkNumbers(header), header.Strings(RpmTag.FileCapabilities));

        ulong[] Needed(RpmTag tag) => header.Numbers(tag) is var numbers && numbers.Length == count ? numbers : throw Uneven(tag);
        string[] Texts(RpmTag tag) => header.Strings(tag) is var texts && texts.Length == count ? texts : throw Uneven(tag);
        PackageFormatException Uneven(RpmTag tag) => new($"its list of {count} files has another number of {tag}");
    }

    /// <summary>An inode number counts within its device; both are small and made up by the builder.</summary>
    private static ulong[] LinkNumbers(RpmHeader header)
    {
        var inodes = header.Numbers(RpmTag.FileInodes);
        var devices = header.Numbers(RpmTag.FileDeviceIds);
        return devices.Length == inodes.Length ? [.. inodes.Select((inode, i) => devices[i] << 32 | inode & uint.MaxValue)] : inodes;
    }

    private static BytePath PathOf(byte[] directory, byte[] name)
    {
        if (name.AsSpan().Contains((byte)'/')) throw new PackageFormatException($"the base name `{new BytePath(name)}` in its file list holds a slash");
        // A source package lists bare names.
        var path = BytePath.From("/").Join(new BytePath(directory).Relative).Join(name);
        return path.HasParentComponent ? throw new PackageFormatException($"`{path}` in its file list leads out of the package") : path;
    }
}

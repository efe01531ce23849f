using System.Globalization;
using System.Security.Cryptography;
using Slipway.Content;
using Slipway.Packages;
using Slipway.Updates;

namespace Slipway.Compose.Payloads;

/// <summary>
/// Unpacked payloads by the digest of their package file. A version is made of hard links into it, so the next version costs only
/// the packages that changed. It is a cache: whatever is missing or broken is unpacked again.
/// </summary>
public sealed class PayloadStore(string directory, ContentStore packages)
{
    private const string Capability = "security.capability";
    private const int CopyBlock = 1 << 17;

    /// <summary>The payload of a package file in the content store, unpacked now unless it is there already.</summary>
    public Payload Open(Digest package, PackageType type, string name)
    {
        var place = PlaceOf(package.ToString());
        if (Read(place) is { } payload)
            return payload;
        var unpacking = NewPlace();
        try
        {
            Unpack(package, type, name, unpacking);
            return Install(unpacking, place);
        }
        finally
        {
            Remove(unpacking);
        }
    }

    /// <summary>A payload made of generated files, by the digest of what they say.</summary>
    internal Payload Make(IReadOnlyList<(TarEntry Entry, byte[] Content)> files)
    {
        var unpacking = NewPlace();
        try
        {
            var entries = new Unpacking(unpacking);
            foreach (var (entry, content) in files)
                entries.Add(entry, new MemoryStream(content, writable: false));
            entries.Finish();
            return Install(unpacking, PlaceOf(Digest.OfFile(Path.Combine(unpacking, "list")).ToString()));
        }
        finally
        {
            Remove(unpacking);
        }
    }

    private string PlaceOf(string digest) => Path.Combine(directory, digest[..2], digest);

    private string NewPlace()
    {
        var place = Path.Combine(directory, "incoming", string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}-{Guid.NewGuid():N}"));
        Directory.CreateDirectory(place);
        return place;
    }

    private void Unpack(Digest package, PackageType type, string name, string into)
    {
        try
        {
            var entries = new Unpacking(into);
            PackageFile.ReadContent(packages.PathOf(package), entries.Add, type);
            entries.Finish();
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            throw new SlipwayException($"unpack the package {name}", e.Message, "look whether the disk is full, then fetch the package again", e);
        }
    }

    private static Payload? Read(string place)
    {
        var entries = Payload.ReadList(Path.Combine(place, "list"));
        if (entries is null)
            return null;
        var payload = new Payload(place, entries);
        // After a power failure a name can exist without its content; a size tells.
        foreach (var entry in entries)
        {
            if (entry.Blob >= 0 && new FileInfo(payload.PathOf(entry.Blob)) is var file && (!file.Exists || file.Length != entry.Size))
                return null;
        }
        return payload;
    }

    private static Payload Install(string unpacked, string place)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(place)!);
        if (Read(place) is { } there)
            return there;
        Remove(place);
        try
        {
            Directory.Move(unpacked, place);
        }
        catch (IOException) when (Directory.Exists(place))
        {
            // Another run unpacked the same package in the meantime; both hold the same bytes.
        }
        return Read(place) ?? throw new SlipwayException($"unpack into {place}", "what was written cannot be read back", "look for a disk that is full or failing");
    }

    private static void Remove(string place)
    {
        if (!Directory.Exists(place))
            return;
        using var parent = RootedTree.Open(Path.GetDirectoryName(place)!);
        parent.RemoveTree(BytePath.From(Path.GetFileName(place)));
    }

    private sealed class Unpacking(string place)
    {
        private readonly List<PayloadEntry> _entries = [];
        private readonly Dictionary<BytePath, PayloadEntry> _regular = [];

        public void Add(TarEntry entry, Stream? content)
        {
            if (_entries.Count >= Payload.MaxEntries)
                throw new InvalidDataException($"it has more than {Payload.MaxEntries} entries");
            var path = entry.Name.Relative;
            if (path.IsEmpty)
                return;
            if (path.HasParentComponent)
                throw new InvalidDataException($"the path {entry.Name} leads out of the root");
            _entries.Add(entry.Type switch
            {
                NodeType.Regular => Regular(path, entry, content),
                NodeType.HardLink => Linked(path, entry),
                _ => new PayloadEntry(path, entry.Type, entry.Mode & 0xfff, entry.Uid, entry.Gid, entry.Type == NodeType.Symlink ? entry.LinkTarget.Length : 0, entry.LinkTarget, -1, default, default),
            });
        }

        public void Finish()
        {
            using var list = new FileStream(Path.Combine(place, "list"), FileMode.CreateNew);
            Payload.WriteList(list, _entries);
            list.Flush(flushToDisk: true);
        }

        private PayloadEntry Regular(BytePath path, TarEntry entry, Stream? content)
        {
            var blob = _regular.Count;
            var name = blob.ToString(CultureInfo.InvariantCulture);
            var (hash, digest) = Write(Path.Combine(place, name), entry, content ?? Stream.Null);
            using (var tree = RootedTree.Open(place))
            {
                // Ownership first: chown takes the set-user-ID bits away that chmod gives.
                tree.Chown(BytePath.From(name), entry.Uid, entry.Gid);
                tree.Chmod(BytePath.From(name), entry.Mode & 0xfff);
                // chown takes capabilities away, too. No hash of the format covers them, so they reach the root and not the devices.
                if (entry.Xattrs?.GetValueOrDefault(Capability) is { } capability)
                    tree.SetXattr(BytePath.From(name), Capability, capability);
            }
            var regular = new PayloadEntry(path, NodeType.Regular, entry.Mode & 0xfff, entry.Uid, entry.Gid, entry.Size, BytePath.Empty, blob, hash, digest);
            if (!_regular.TryAdd(path, regular))
                throw new InvalidDataException($"the path {path} is in it twice");
            return regular;
        }

        private PayloadEntry Linked(BytePath path, TarEntry entry) =>
            _regular.TryGetValue(entry.LinkTarget.Relative, out var first)
                ? first with { Path = path }
                : throw new InvalidDataException($"the hard link {path} leads to {entry.LinkTarget}, which is not before it in the package");

        private static (SwupdHash Hash, Digest Digest) Write(string file, TarEntry entry, Stream content)
        {
            using var swupd = SwupdHasher.ForFile((uint)entry.Mode & 0xfff, entry.Uid, entry.Gid, entry.Size);
            using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            using var into = new FileStream(file, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0);
            var block = new byte[(int)Math.Clamp(entry.Size, 1, CopyBlock)];
            int read;
            while ((read = content.Read(block)) > 0)
            {
                swupd.Append(block.AsSpan(0, read));
                sha256.AppendData(block, 0, read);
                into.Write(block, 0, read);
            }
            return (swupd.Finish(), Digest.FromBytes(sha256.GetHashAndReset()));
        }
    }
}

using Microsoft.Win32.SafeHandles;
using Slipway.Content;

namespace Slipway.Updates;

/// <summary>A full root in an uncompressed tar: indexed once, contents are then read where they lie.</summary>
internal sealed class TarRoot(string file) : FullRoot
{
    private readonly SafeFileHandle _handle = File.OpenHandle(file);

    protected override Stream OpenContent(FullNode node) => new StretchStream(_handle, node.Stamp.Offset, node.Size);

    public override void Dispose()
    {
        _handle.Dispose();
        base.Dispose();
    }

    protected override IEnumerable<FullNode> ReadNodes(Action<string> warn)
    {
        using var tree = RootedTree.Open(Path.GetDirectoryName(Path.GetFullPath(file))!);
        var stat = tree.Stat(BytePath.From(Path.GetFileName(file)))
            ?? throw new SlipwayException($"cannot read {file}", "it is gone");
        using var source = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        var reader = new TarReader(source);
        // A later member of the same name replaces an earlier one, as it would on disk.
        var nodes = new Dictionary<BytePath, FullNode>();
        while (reader.Next() is { } entry)
        {
            var path = BytePath.From("/").Join(entry.Name.Relative);
            if (path.Length == 1) continue;
            if (path.HasParentComponent) throw new SlipwayException($"cannot use {file}", $"a member leads out of the tree: {path}");
            var node = NodeOf(entry, path, stat, source.Position, nodes);
            if (node is null) warn($"{path} is left out: update content carries no {entry.Type}");
            else nodes[path] = node;
        }

        return nodes.Values;
    }

    private FullNode? NodeOf(
        TarEntry entry, BytePath path, FileStat archive, long offset, Dictionary<BytePath, FullNode> earlier)
    {
        if (entry.Type == NodeType.HardLink) return SameFile(entry, path, earlier);
        var type = entry.Type switch
        {
            NodeType.Regular => RecordType.File,
            NodeType.Directory => RecordType.Directory,
            NodeType.Symlink => RecordType.Link,
            _ => RecordType.Unset,
        };
        if (type == RecordType.Unset) return null;
        return new FullNode
        {
            Root = this,
            Path = path,
            Type = type,
            Mode = (uint)entry.Mode,
            Uid = entry.Uid,
            Gid = entry.Gid,
            Size = type switch { RecordType.File => entry.Size, RecordType.Link => entry.LinkTarget.Length, _ => 0 },
            Target = entry.LinkTarget,
            Stamp = new NodeStamp(archive.Device, archive.Inode, offset, entry.Size, archive.ModifiedNs, archive.ChangedNs),
        };
    }

    private FullNode SameFile(TarEntry entry, BytePath path, Dictionary<BytePath, FullNode> earlier)
    {
        if (!earlier.TryGetValue(BytePath.From("/").Join(entry.LinkTarget.Relative), out var first))
            throw new SlipwayException($"cannot use {file}", $"{path} is a hard link to {entry.LinkTarget}, which does not come before it");
        return new FullNode
        {
            Root = this,
            Path = path,
            Type = first.Type,
            Mode = first.Mode,
            Uid = first.Uid,
            Gid = first.Gid,
            Size = first.Size,
            Target = first.Target,
            Stamp = first.Stamp,
        };
    }

    private sealed class StretchStream(SafeFileHandle handle, long start, long length) : Stream
    {
        private long _position;

        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position
        {
            get => _position;
            set => _position = value;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            var room = (int)Math.Min(buffer.Length, Math.Max(0, length - _position));
            if (room == 0) return 0;
            var read = RandomAccess.Read(handle, buffer[..room], start + _position);
            _position += read;
            return read;
        }

        public override long Seek(long offset, SeekOrigin origin) => _position = origin switch
        {
            SeekOrigin.Begin => offset,
            SeekOrigin.Current => _position + offset,
            _ => length + offset,
        };

        public override void Flush()
        {
        }

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}

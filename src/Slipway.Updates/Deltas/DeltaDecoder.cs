using System.Buffers.Binary;
using Slipway.Content;

namespace Slipway.Updates;

/// <summary>Makes the new file from the old one and a delta (format 1.9). Whatever the delta says, no more is written than its
/// head announces, and no more than <see cref="DeltaHeader.MaxNewSize"/>.</summary>
public static class DeltaDecoder
{
    private const int ChunkBytes = 1 << 16;

    /// <summary>Writes the new content to <paramref name="target"/>. The caller checks its hash and sets mode and owner from the result.</summary>
    /// <param name="delta">The whole delta file.</param>
    /// <param name="old">The old content; must be seekable.</param>
    /// <param name="target">Gets the new content; on an exception it holds part of it.</param>
    /// <param name="file">The delta's name; errors name it.</param>
    /// <returns>The head; when it says <see cref="DeltaHeader.TakeFullFile"/>, nothing was written.</returns>
    /// <exception cref="InvalidContentException">The delta is broken or does not belong to this old file.</exception>
    public static DeltaHeader Apply(ReadOnlyMemory<byte> delta, Stream old, Stream target, string file)
    {
        var header = DeltaHeader.Read(delta.Span, file);
        if (header.TakeFullFile) return header;
        if (old.Length != header.OldSize)
            throw new InvalidContentException(file, "head", $"it is for an old file of {header.OldSize} bytes, this one has {old.Length}");
        var control = delta.Slice(header.HeaderSize, (int)header.ControlLength);
        var diff = delta.Slice(header.HeaderSize + (int)header.ControlLength, (int)header.DiffLength);
        var extra = delta[(header.HeaderSize + (int)header.ControlLength + (int)header.DiffLength)..];
        using var controls = new BlockReader(control, header.Control, file, "control block");
        using var diffs = new BlockReader(diff, header.Diff, file, "diff block");
        using var extras = new BlockReader(extra, header.Extra, file, "extra block");
        new Patch(header, controls, diffs, extras, old, target, file).Run();
        return header;
    }

    /// <summary>For contents that fit in memory, such as manifests.</summary>
    public static byte[]? Apply(ReadOnlyMemory<byte> delta, byte[] old, string file)
    {
        using var target = new MemoryStream();
        using var source = new MemoryStream(old, writable: false);
        return Apply(delta, source, target, file).TakeFullFile ? null : target.ToArray();
    }

    private sealed class Patch(
        DeltaHeader header, BlockReader controls, BlockReader diffs, BlockReader extras, Stream old, Stream target, string file)
    {
        private readonly byte[] _diff = new byte[ChunkBytes];
        private readonly byte[] _old = new byte[ChunkBytes];
        private long _oldPosition;
        private long _written;

        public void Run()
        {
            Span<byte> triple = stackalloc byte[24];
            long idle = 0;
            while (_written < header.NewSize)
            {
                controls.ReadExactly(triple);
                var add = Count(BinaryPrimitives.ReadInt64LittleEndian(triple));
                AddToOld(add);
                var insert = Count(BinaryPrimitives.ReadInt64LittleEndian(triple[8..]));
                Insert(insert);
                // A control block that only seeks would never end.
                if (add + insert == 0 && ++idle > 65_536) throw Wrong("its steps make nothing");
                Seek(add, BinaryPrimitives.ReadInt64LittleEndian(triple[16..]));
            }
        }

        private long Count(long length) => length >= 0 && length <= header.NewSize - _written
            ? length
            : throw Wrong($"a step of {length} bytes at {_written} of {header.NewSize}");

        private void AddToOld(long count)
        {
            var position = _oldPosition;
            while (count > 0)
            {
                var part = (int)Math.Min(count, ChunkBytes);
                diffs.ReadExactly(_diff.AsSpan(0, part));
                AddOldBytes(position, part);
                target.Write(_diff, 0, part);
                position += part;
                _written += part;
                count -= part;
            }
        }

        // What lies outside the old file counts as zero, as in every bspatch.
        private void AddOldBytes(long position, int part)
        {
            var from = Math.Max(position, 0);
            var to = Math.Min(position + part, header.OldSize);
            if (from >= to) return;
            var count = (int)(to - from);
            old.Position = from;
            old.ReadExactly(_old, 0, count);
            var sum = _diff.AsSpan((int)(from - position), count);
            Add(sum, _old.AsSpan(0, count));
        }

        private static void Add(Span<byte> sum, ReadOnlySpan<byte> addend)
        {
            var width = System.Numerics.Vector<byte>.Count;
            var i = 0;
            for (; i + width <= sum.Length; i += width)
                (new System.Numerics.Vector<byte>(sum[i..]) + new System.Numerics.Vector<byte>(addend[i..])).CopyTo(sum[i..]);
            for (; i < sum.Length; i++) sum[i] += addend[i];
        }

        private void Insert(long count)
        {
            while (count > 0)
            {
                var part = (int)Math.Min(count, ChunkBytes);
                extras.ReadExactly(_diff.AsSpan(0, part));
                target.Write(_diff, 0, part);
                _written += part;
                count -= part;
            }
        }

        private void Seek(long add, long step)
        {
            const long limit = 1L << 40;
            if (step is < -limit or > limit) throw Wrong($"a jump of {step} bytes in the old file");
            _oldPosition += add + step;
            if (_oldPosition is < -limit or > limit) throw Wrong("it leaves the old file");
        }

        private InvalidContentException Wrong(string why) => new(file, "control block", why);
    }

    /// <summary>One decoded block, read to exact lengths.</summary>
    private sealed class BlockReader : IDisposable
    {
        private readonly Stream? _stream;
        private readonly string _file;
        private readonly string _block;
        private ulong _zeros;

        public BlockReader(ReadOnlyMemory<byte> block, BlockEncoding encoding, string file, string name)
        {
            _file = file;
            _block = name;
            if (encoding == BlockEncoding.Zeros)
            {
                if (block.Length != 8) throw new InvalidContentException(file, name, "a count of zeros needs eight bytes");
                _zeros = BinaryPrimitives.ReadUInt64LittleEndian(block.Span);
                return;
            }

            var encoded = new MemoryStream(block.ToArray(), writable: false);
            // An empty block may carry any encoding's name: there is nothing to decode.
            _stream = encoding == BlockEncoding.None || block.IsEmpty ? encoded : Compressor.Decompress(encoded, CompressionOf(encoding));
        }

        public void ReadExactly(Span<byte> into)
        {
            if (_stream is null)
            {
                if ((ulong)into.Length > _zeros) throw new InvalidContentException(_file, _block, "it ends too early");
                _zeros -= (ulong)into.Length;
                into.Clear();
                return;
            }

            try
            {
                _stream.ReadExactly(into);
            }
            catch (EndOfStreamException e)
            {
                throw new InvalidContentException(_file, _block, "it ends too early", e);
            }
            catch (Exception e) when (e is InvalidDataException or CompressionException)
            {
                throw new InvalidContentException(_file, _block, e is CompressionException c ? c.Why : e.Message, e);
            }
        }

        public void Dispose() => _stream?.Dispose();

        private static Compression CompressionOf(BlockEncoding encoding) => encoding switch
        {
            BlockEncoding.Bzip2 => Compression.Bzip2,
            BlockEncoding.Gzip => Compression.Gzip,
            BlockEncoding.Xz => Compression.Xz,
            _ => throw new ArgumentOutOfRangeException(nameof(encoding)),
        };
    }
}

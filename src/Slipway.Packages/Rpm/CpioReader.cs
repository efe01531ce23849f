using System.Globalization;
using System.Text;
using Slipway.Content;

namespace Slipway.Packages.Rpm;

/// <summary>The head of one cpio member.</summary>
/// <param name="Index">Of rpm's short form (magic 07070X): the number in the header's file list; else -1.</param>
internal sealed record CpioMember(int Index, BytePath Name, long Size);

/// <summary>Reads cpio of the "new" form (magic 070701 or 070702) and rpm's own short form, whose heads hold only a file's number in the header.</summary>
internal sealed class CpioReader(Stream source, Func<int, long> sizeOf)
{
    private readonly Stream source = source;
    private const int NewHead = 110;
    private const int ShortHead = 16;
    private const int MaxNameBytes = 4096;
    private const int MaxMembers = 2_000_000;

    private long position;
    private long contentEnd;
    private int members;

    public CpioMember? Next()
    {
        Skip(contentEnd - position);
        Align();
        if (++members > MaxMembers) throw new PackageFormatException($"its payload has more than {MaxMembers} members");
        var magic = Encoding.Latin1.GetString(Take(6));
        var member = magic switch
        {
            "070701" or "070702" => ReadNew(),
            "07070X" => ReadShort(),
            _ => throw new PackageFormatException($"member {members} of its payload does not begin as one"),
        };
        contentEnd = position + (member?.Size ?? 0);
        return member;
    }

    /// <summary>Content of the last member.</summary>
    public Stream Content => new Member(this);

    private CpioMember? ReadNew()
    {
        var head = Take(NewHead - 6);
        var nameLength = Hex(head, 11);
        if (nameLength is < 1 or > MaxNameBytes) throw new PackageFormatException($"a name in its payload has {nameLength} bytes");
        var name = Take((int)nameLength).AsSpan(0, (int)nameLength - 1);
        Align();
        return name.SequenceEqual("TRAILER!!!"u8) ? null : new CpioMember(-1, new BytePath(name), Hex(head, 6));
    }

    private CpioMember ReadShort()
    {
        var head = Take(ShortHead - 6);
        var index = (int)Math.Min(Hex(head, 0), int.MaxValue);
        return new CpioMember(index, default, sizeOf(index));
    }

    /// <summary>A field of eight hexadecimal digits.</summary>
    private static long Hex(byte[] head, int field) =>
        long.TryParse(Encoding.Latin1.GetString(head, field * 8, 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number)
            ? number : throw new PackageFormatException("a head in its payload holds no number where one must be");

    private byte[] Take(int length)
    {
        position += length;
        return BoundedRead.Exactly(source, length, "the payload");
    }

    private void Align() => Skip((4 - position % 4) % 4);

    private void Skip(long bytes)
    {
        var buffer = new byte[Math.Min(bytes, 1 << 16)];
        while (bytes > 0)
        {
            var read = source.Read(buffer, 0, (int)Math.Min(bytes, buffer.Length));
            if (read == 0) throw new PackageFormatException("the file ends within the payload");
            bytes -= read;
            position += read;
        }
    }

    private sealed class Member(CpioReader reader) : Stream
    {
        private readonly long end = reader.contentEnd;

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            var left = end == reader.contentEnd ? end - reader.position : 0;
            if (left <= 0 || buffer.IsEmpty) return 0;
            var read = reader.source.Read(buffer[..(int)Math.Min(buffer.Length, left)]);
            if (read == 0) throw new PackageFormatException("the file ends within the payload");
            reader.position += read;
            return read;
        }

        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}

namespace Slipway.Content;

public sealed partial class TarReader
{
    /// <summary>A window on the archive that ends where the member ends.</summary>
    private sealed class MemberStream(Stream source, long size) : Stream
    {
        private readonly long _size = size;
        private long _left = size;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => _size;

        public override long Position { get => _size - _left; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            if (_left == 0 || buffer.IsEmpty) return 0;
            var read = source.Read(buffer[..(int)Math.Min(buffer.Length, _left)]);
            if (read == 0) throw new TarException($"it ends {_left} bytes before a member's end");
            _left -= read;
            return read;
        }

        internal void SkipWithPadding()
        {
            var skip = _left + ((TarHeader.Block - (_size % TarHeader.Block)) % TarHeader.Block);
            _left = 0;
            if (skip > 4096 && source.CanSeek)
            {
                if (source.Length - source.Position < skip) throw new TarException("it ends in the middle of a member");
                source.Seek(skip, SeekOrigin.Current);
                return;
            }

            Span<byte> scratch = stackalloc byte[4096];
            while (skip > 0)
            {
                var read = source.Read(scratch[..(int)Math.Min(skip, scratch.Length)]);
                if (read == 0) throw new TarException("it ends in the middle of a member");
                skip -= read;
            }
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}

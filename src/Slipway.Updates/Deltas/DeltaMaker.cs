using Slipway.Content;

namespace Slipway.Updates;

internal enum DeltaOutcome
{
    Made,

    /// <summary>The delta would hardly be smaller than the file itself.</summary>
    NotWorth,

    /// <summary>The compressed full file is as small.</summary>
    TooLarge,

    /// <summary>The old content is not there any more.</summary>
    SourceMissing,
}

/// <summary>Makes deltas once per pair of hashes, in whatever versions the pair comes up.</summary>
internal sealed class DeltaMaker(ContentSource source, ContentCache cache, PublishedTree published, Action<string> warn)
{
    private int _compared;
    private int _comparedManifests;

    /// <summary>How many pairs of files were compared in this run.</summary>
    public int Compared => _compared;

    public int ComparedManifests => _comparedManifests;

    /// <summary>True when the pair was compared in an earlier run.</summary>
    public bool IsKnown(DeltaPair pair) => File.Exists(cache.Delta(pair.From.Hash, pair.To.Hash));

    /// <summary>Compares two files; the delta, or that none is worth it, is there after the cache's next commit.</summary>
    public void Make(DeltaPair pair)
    {
        var from = source.TryFind(pair.From.Hash, pair.From.Version, VariantPath.FullName(pair.From));
        var to = source.TryFind(pair.To.Hash, pair.To.Version, VariantPath.FullName(pair.To));
        if (from is null || to is null)
        {
            warn($"no delta for {pair.To.Name} from version {pair.From.Version}: the old content is not there any more");
            return;
        }

        cache.Add(cache.Delta(pair.From.Hash, pair.To.Hash), MakeVerified(from.ReadVerified(), to.ReadVerified(), to, pair.Name));
        Interlocked.Increment(ref _compared);
    }

    public void MakeManifestDelta(SwupdHash from, byte[] old, SwupdHash to, byte[] target)
    {
        const uint mode = 420; // 0644
        var item = new ContentItem(to, NodeType.Regular, mode, 0, 0, target.Length, default, () => new MemoryStream(target));
        cache.Add(cache.Delta(from, to), MakeVerified(old, target, item, "manifest"));
        Interlocked.Increment(ref _comparedManifests);
    }

    /// <summary>Puts a delta where devices look for it, unless it does not pay.</summary>
    public DeltaOutcome Publish(DeltaPair pair)
    {
        var made = new FileInfo(cache.Delta(pair.From.Hash, pair.To.Hash));
        if (!made.Exists) return DeltaOutcome.SourceMissing;
        if (made.Length == 0) return DeltaOutcome.NotWorth;
        var fullfile = new FileInfo(published.Fullfile(pair.To.Version, pair.To.Hash));
        if (fullfile.Exists && made.Length >= fullfile.Length) return DeltaOutcome.TooLarge;
        cache.Link(made.FullName, published.Delta(pair));
        return DeltaOutcome.Made;
    }

    /// <summary>Empty where none is worth it. What is kept was applied, and gave the new file with its mode and owner.</summary>
    private byte[] MakeVerified(byte[] old, byte[] target, ContentItem to, string name)
    {
        var delta = DeltaEncoder.Encode(old, target, to.Mode, to.Uid, to.Gid);
        if (delta is null) return [];
        using var check = new HashingStream(to);
        var header = DeltaDecoder.Apply(delta, new MemoryStream(old, writable: false), check, name);
        if (check.Finish(header) == to.Hash) return delta;
        warn($"delta {name} does not give the new file; it is left out");
        return [];
    }

    private sealed class HashingStream(ContentItem expected) : Stream
    {
        private readonly SwupdHasher _hasher = SwupdHasher.ForFile(expected.Mode, expected.Uid, expected.Gid, expected.Size);

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public SwupdHash Finish(DeltaHeader header) =>
            (header.Mode & FileModes.Permissions, header.Uid, header.Gid) == (expected.Mode & FileModes.Permissions, expected.Uid, expected.Gid)
                ? _hasher.Finish() : default;

        public override void Write(byte[] buffer, int offset, int count) => _hasher.Append(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer) => _hasher.Append(buffer);

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) _hasher.Dispose();
            base.Dispose(disposing);
        }
    }
}

using System.Text;

namespace Slipway.Content;

/// <summary>A file name or path as the kernel has it: bytes, compared bytewise, never decoded for use.</summary>
public readonly struct BytePath : IEquatable<BytePath>, IComparable<BytePath>
{
    private readonly byte[]? _bytes;

    private BytePath(byte[] owned) => _bytes = owned;

    /// <summary>A copy of the given bytes, unchanged.</summary>
    public BytePath(ReadOnlySpan<byte> path) => _bytes = path.ToArray();

    /// <summary>The empty path, which means the root of a tree.</summary>
    public static BytePath Empty => default;

    /// <summary>The UTF-8 bytes of a string.</summary>
    public static BytePath From(string utf8) => new(Encoding.UTF8.GetBytes(utf8));

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Span => _bytes;

    /// <summary>The number of bytes.</summary>
    public int Length => _bytes?.Length ?? 0;

    /// <summary>True for the path of no bytes.</summary>
    public bool IsEmpty => Length == 0;

    /// <summary>Everything before the last slash; empty when there is none.</summary>
    public BytePath Parent
    {
        get
        {
            var slash = Span.LastIndexOf((byte)'/');
            return slash <= 0 ? Empty : new BytePath(Span[..slash]);
        }
    }

    /// <summary>Everything after the last slash.</summary>
    public BytePath Name
    {
        get
        {
            var slash = Span.LastIndexOf((byte)'/');
            return slash < 0 ? this : new BytePath(Span[(slash + 1)..]);
        }
    }

    /// <summary>This path, a slash, the other path. An empty side leaves the other one alone.</summary>
    public BytePath Join(BytePath below) => Join(below.Span);

    /// <inheritdoc cref="Join(BytePath)"/>
    public BytePath Join(string below) => Join(Encoding.UTF8.GetBytes(below));

    /// <inheritdoc cref="Join(BytePath)"/>
    public BytePath Join(ReadOnlySpan<byte> below)
    {
        if (IsEmpty) return new BytePath(below);
        if (below.IsEmpty) return this;
        var slash = _bytes![^1] == '/' || below[0] == '/' ? 0 : 1;
        var joined = new byte[_bytes.Length + slash + below.Length];
        _bytes.CopyTo(joined, 0);
        if (slash == 1) joined[_bytes.Length] = (byte)'/';
        below.CopyTo(joined.AsSpan(_bytes.Length + slash));
        return new BytePath(joined);
    }

    /// <summary>True when the bytes begin with the given bytes; no component boundary is asked for.</summary>
    public bool StartsWith(ReadOnlySpan<byte> prefix) => Span.StartsWith(prefix);

    /// <inheritdoc cref="StartsWith(ReadOnlySpan{byte})"/>
    public bool StartsWith(string prefix) => Span.StartsWith(Encoding.UTF8.GetBytes(prefix));

    /// <summary>True when this path is the given directory or lies below it.</summary>
    public bool IsBelow(BytePath directory) =>
        directory.IsEmpty
        || (Span.StartsWith(directory.Span) && (Length == directory.Length || Span[directory.Length] == '/'));

    /// <summary>The path without leading `/` and `./` and without trailing `/`: the form that RootedTree and tar entries share.</summary>
    public BytePath Relative
    {
        get
        {
            var rest = Span;
            while (true)
            {
                if (rest.StartsWith("/"u8)) rest = rest[1..];
                else if (rest.StartsWith("./"u8)) rest = rest[2..];
                else break;
            }

            rest = rest.TrimEnd((byte)'/');
            if (rest.SequenceEqual("."u8)) rest = default;
            return rest.Length == Length ? this : new BytePath(rest);
        }
    }

    /// <summary>True when a component of the path is `..`.</summary>
    public bool HasParentComponent
    {
        get
        {
            foreach (var part in Span.Split((byte)'/'))
                if (Span[part].SequenceEqual(".."u8)) return true;
            return false;
        }
    }

    /// <inheritdoc/>
    public int CompareTo(BytePath other) => Span.SequenceCompareTo(other.Span);

    /// <inheritdoc/>
    public bool Equals(BytePath other) => Span.SequenceEqual(other.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is BytePath other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Span);
        return hash.ToHashCode();
    }

    /// <summary>For people: UTF-8, with each byte that is not part of valid UTF-8, and each control byte, as \xNN.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(Length);
        var rest = Span;
        while (!rest.IsEmpty)
        {
            var status = Rune.DecodeFromUtf8(rest, out var rune, out var used);
            if (status == System.Buffers.OperationStatus.Done && rune.Value is >= 0x20 and not 0x7f)
                text.Append(rune.ToString());
            else
                foreach (var b in rest[..used]) text.Append("\\x").Append(b.ToString("x2", null));
            rest = rest[used..];
        }

        return text.ToString();
    }

    /// <summary>Bytewise equality.</summary>
    public static bool operator ==(BytePath left, BytePath right) => left.Equals(right);

    /// <summary>Bytewise inequality.</summary>
    public static bool operator !=(BytePath left, BytePath right) => !left.Equals(right);

    /// <summary>Bytewise order.</summary>
    public static bool operator <(BytePath left, BytePath right) => left.CompareTo(right) < 0;

    /// <summary>Bytewise order.</summary>
    public static bool operator >(BytePath left, BytePath right) => left.CompareTo(right) > 0;

    /// <summary>Bytewise order.</summary>
    public static bool operator <=(BytePath left, BytePath right) => left.CompareTo(right) <= 0;

    /// <summary>Bytewise order.</summary>
    public static bool operator >=(BytePath left, BytePath right) => left.CompareTo(right) >= 0;
}

using System.Buffers.Binary;

namespace Slipway.Updates.Tests;

/// <summary>Makes damaged and malicious variants of a valid file; the same seed gives the same variants.</summary>
internal sealed class Mutator(int seed)
{
    private const int MaxBytes = 1 << 16;
    private static readonly byte[] Sharp = [0, 1, 9, 10, 32, 45, 47, 48, 57, 127, 128, 255];

    private static readonly byte[][] Tokens =
    [
        "99999999999999999999"u8.ToArray(), "-1"u8.ToArray(), "4294967296"u8.ToArray(), "0"u8.ToArray(), "/../"u8.ToArray(), "//"u8.ToArray(),
        "/V3/"u8.ToArray(), "\n\n"u8.ToArray(), "\t\t"u8.ToArray(), "minversion:\t1\n"u8.ToArray(), "includes:\t../x\n"u8.ToArray(),
        "also-add:\tMoM\n"u8.ToArray(), "Fg.x\t"u8.ToArray(), "I...\t"u8.ToArray(), "F.*.\t"u8.ToArray(), "\"x\":{\"x\":"u8.ToArray(), "[[[[[[[["u8.ToArray(),
        "\\ud800"u8.ToArray(), "1e400"u8.ToArray(), "ustar\000"u8.ToArray(), "30 path=../../etc/passwd\n"u8.ToArray(), "GNU.sparse.size=9"u8.ToArray(),
        [0x30, 0x80], [0x30, 0x84, 0xff, 0xff, 0xff, 0xff], [0x80, 0, 0, 0, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff],
    ];

    private readonly Random _random = new(seed);
    private readonly byte[] _bytes = new byte[MaxBytes + 4096];
    private int _length;

    public Random Random => _random;

    public byte[] Next(byte[] valid)
    {
        _length = Math.Min(valid.Length, MaxBytes);
        valid.AsSpan(0, _length).CopyTo(_bytes);
        for (var changes = 1 + _random.Next(4); changes > 0 && _length > 0 && _length < MaxBytes; changes--) Change();
        return _bytes.AsSpan(0, _length).ToArray();
    }

    private void Change()
    {
        var at = _random.Next(_length);
        var length = Math.Min(1 + _random.Next(_random.Next(10) == 0 ? 600 : 12), _length - at);
        switch (_random.Next(11))
        {
            case 0: _bytes[at] ^= (byte)(1 << _random.Next(8)); break;
            case 1: _bytes[at] = Sharp[_random.Next(Sharp.Length)]; break;
            case 2: Replace(at, length, []); break;
            case 3: Replace(at, 0, _bytes.AsSpan(_random.Next(_length - length + 1), length).ToArray()); break;
            case 4: _length = at; break;
            case 5: Replace(at, 0, Tokens[_random.Next(Tokens.Length)]); break;
            case 6: Overwrite(at, Tokens[_random.Next(Tokens.Length)]); break;
            case 7: _bytes.AsSpan(at, length).Fill(255); break;
            case 8: MoveLine(at); break;
            case 9: Number(at); break;
            default: _random.NextBytes(_bytes.AsSpan(at, length)); break;
        }
    }

    private void Replace(int at, int count, byte[] with)
    {
        _bytes.AsSpan(at + count, _length - at - count).CopyTo(_bytes.AsSpan(at + with.Length));
        with.CopyTo(_bytes, at);
        _length += with.Length - count;
    }

    private void Overwrite(int at, byte[] with)
    {
        with.CopyTo(_bytes, at);
        _length = Math.Max(_length, at + with.Length);
    }

    /// <summary>Doubles, drops or moves a whole line: what a text format is made of.</summary>
    private void MoveLine(int at)
    {
        var start = _bytes.AsSpan(0, at).LastIndexOf((byte)'\n') + 1;
        var rest = _bytes.AsSpan(start, _length - start).IndexOf((byte)'\n');
        var line = _bytes.AsSpan(start, rest < 0 ? _length - start : rest + 1).ToArray();
        if (line.Length > 2048) return;
        if (_random.Next(3) > 0) Replace(start, line.Length, []);
        if (_random.Next(3) > 0) Replace(_random.Next(_length + 1), 0, line);
    }

    /// <summary>A number of 2, 4 or 8 bytes that lies at a border: what a binary format is made of.</summary>
    private void Number(int at)
    {
        ReadOnlySpan<long> borders = [0, 1, 0x7f, 0xff, 0x7fff, 0xffff, int.MaxValue, uint.MaxValue, long.MaxValue, long.MinValue, -1, 1L << 40];
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(number, borders[_random.Next(borders.Length)] + _random.Next(3) - 1);
        Overwrite(at, number[..(2 << _random.Next(3))].ToArray());
    }
}

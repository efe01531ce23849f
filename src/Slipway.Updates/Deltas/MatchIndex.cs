using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Slipway.Updates;

/// <summary>Finds stretches of the old file in the new one: chains of positions whose next eight bytes hash alike. It needs at
/// most eight bytes per old byte, and less for large files, where only every second, fourth, ... position is entered.</summary>
internal sealed unsafe class MatchIndex : IDisposable
{
    private const int SeedBytes = 8;
    private const int MaxChain = 100;
    private const int LongEnough = 48;
    private const long DenseBytes = 16 << 20;
    private const ulong Multiplier = 0x9E3779B97F4A7C15;

    private readonly byte[] _old;
    private readonly int _strideLog;
    private readonly int _shift;
    private readonly int* _heads;
    private readonly int* _next;

    public MatchIndex(byte[] old)
    {
        _old = old;
        _strideLog = StrideLog(old.Length);
        var entries = Entries(old.Length);
        var headLog = HeadLog(entries);
        _shift = 64 - headLog;
        _heads = (int*)NativeMemory.AllocZeroed((nuint)1 << headLog, sizeof(int));
        _next = (int*)NativeMemory.Alloc((nuint)Math.Max(entries, 1), sizeof(int));
        // From the end, so that of equal stretches the first comes first.
        for (var entry = entries - 1; entry >= 0; entry--)
        {
            var head = &_heads[HashAt(old, entry << _strideLog)];
            _next[entry] = *head;
            *head = entry + 1;
        }
    }

    /// <summary>What an index over so many bytes takes.</summary>
    public static long MemoryFor(long oldLength)
    {
        var entries = Entries(oldLength);
        return 4L * entries + (4L << HeadLog(entries));
    }

    /// <summary>The longest stretch found that equals the new file's bytes from <paramref name="at"/>; the one at
    /// <paramref name="expected"/> is tried first and kept where no other is longer.</summary>
    public int Longest(byte[] target, int at, long expected, out int position)
    {
        var best = 0;
        position = 0;
        if (expected >= 0 && expected < _old.Length)
        {
            best = Common(_old, (int)expected, target, at);
            position = (int)expected;
            if (best >= LongEnough) return best;
        }

        if (at + SeedBytes > target.Length) return best;
        var entry = _heads[HashAt(target, at)];
        for (var tries = MaxChain; entry != 0 && tries > 0; tries--)
        {
            var candidate = (entry - 1) << _strideLog;
            entry = _next[entry - 1];
            // Longer than the best needs the byte behind it to agree: most candidates end here.
            if (best > 0 && (at + best >= target.Length || candidate + best >= _old.Length || _old[candidate + best] != target[at + best]))
                continue;
            var length = Common(_old, candidate, target, at);
            if (length <= best) continue;
            best = length;
            position = candidate;
        }

        return best;
    }

    public void Dispose()
    {
        NativeMemory.Free(_heads);
        NativeMemory.Free(_next);
    }

    private static int StrideLog(long length)
    {
        var log = 0;
        for (; length > DenseBytes; length >>= 1) log++;
        return log;
    }

    private static int Entries(long length) =>
        length < SeedBytes ? 0 : (int)((length - SeedBytes) >> StrideLog(length)) + 1;

    // At most as many heads as entries: with the chains that makes eight bytes per old byte.
    private static int HeadLog(int entries) => Math.Clamp(BitOperations.Log2((uint)Math.Max(entries, 1)), 8, 24);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int HashAt(byte[] bytes, int at) =>
        (int)(Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(bytes), at)) * Multiplier >> _shift);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Common(byte[] one, int a, byte[] other, int b) =>
        one.AsSpan(a).CommonPrefixLength(other.AsSpan(b));
}

using System.Buffers.Binary;
using System.Numerics;

namespace Slipway.Updates;

/// <summary>Describes the new file as stretches of the old one with small differences, and inserts between them: the three
/// streams that a delta holds (format 1.9).</summary>
internal sealed class DeltaSearch(byte[] old, byte[] target, MatchIndex index)
{
    // A stretch at another offset must beat going on at the present one by this many bytes.
    private const int Advantage = 8;

    private readonly List<(int Add, int Insert, int Seek)> _steps = [];

    // Up to here the new file is described; the stretch that goes on from here begins at _oldStart of the old file.
    private int _done;
    private int _oldStart;

    public static (byte[] Control, byte[] Diff, byte[] Extra) Run(byte[] old, byte[] target)
    {
        List<(int Add, int Insert, int Seek)> steps;
        using (var index = new MatchIndex(old))
        {
            var search = new DeltaSearch(old, target, index);
            search.Run();
            steps = search._steps;
        }

        return (ControlOf(steps), DiffOf(steps, old, target), ExtraOf(steps, target));
    }

    private static byte[] ControlOf(List<(int Add, int Insert, int Seek)> steps)
    {
        const int stepBytes = 24;
        var control = new byte[steps.Count * stepBytes];
        for (var i = 0; i < steps.Count; i++)
        {
            var step = control.AsSpan(i * stepBytes);
            BinaryPrimitives.WriteInt64LittleEndian(step, steps[i].Add);
            BinaryPrimitives.WriteInt64LittleEndian(step[8..], steps[i].Insert);
            BinaryPrimitives.WriteInt64LittleEndian(step[16..], steps[i].Seek);
        }

        return control;
    }

    private static byte[] DiffOf(List<(int Add, int Insert, int Seek)> steps, ReadOnlySpan<byte> old, ReadOnlySpan<byte> target)
    {
        var diff = new byte[steps.Sum(s => s.Add)];
        int filled = 0, at = 0, from = 0;
        foreach (var (add, insert, seek) in steps)
        {
            Subtract(target.Slice(at, add), old.Slice(from, add), diff.AsSpan(filled));
            filled += add;
            at += add + insert;
            from += add + seek;
        }

        return diff;
    }

    private static byte[] ExtraOf(List<(int Add, int Insert, int Seek)> steps, ReadOnlySpan<byte> target)
    {
        var extra = new byte[steps.Sum(s => s.Insert)];
        int filled = 0, at = 0;
        foreach (var (add, insert, _) in steps)
        {
            target.Slice(at + add, insert).CopyTo(extra.AsSpan(filled));
            filled += insert;
            at += add + insert;
        }

        return extra;
    }

    private void Run()
    {
        var scan = 0;
        while (scan < target.Length || _done < target.Length)
        {
            var length = NextStretch(ref scan, out var position);
            Emit(scan, position);
            scan += length;
        }
    }

    /// <summary>Moves on to where a stretch begins that is better than continuing the present one; the end of the file if none does.</summary>
    private int NextStretch(ref int scan, out int position)
    {
        long offset = _oldStart - _done;
        var score = 0;
        var scored = scan;
        while (scan < target.Length)
        {
            var length = index.Longest(target, scan, scan + offset, out position);
            for (; scored < scan + length; scored++) score += Agrees(scored, offset);
            if (length == score && length != 0)
            {
                // The present stretch goes on; nothing to decide here.
                scan += length;
                scored = scan;
                score = 0;
                continue;
            }

            if (length > score + Advantage) return length;
            score -= Agrees(scan, offset);
            scan++;
        }

        position = 0;
        return 0;
    }

    private int Agrees(int at, long offset)
    {
        var place = at + offset;
        return place >= 0 && place < old.Length && old[place] == target[at] ? 1 : 0;
    }

    /// <summary>Closes the present stretch: forward from its start as far as that pays, then an insert, up to where the next one
    /// begins when it is drawn backward as far as that pays.</summary>
    private void Emit(int scan, int position)
    {
        var forward = Forward(scan);
        var backward = scan < target.Length ? Backward(scan, position) : 0;
        var overlap = _done + forward - (scan - backward);
        if (overlap > 0)
        {
            var kept = SplitOverlap(forward, scan, position, backward, overlap);
            forward += kept - overlap;
            backward -= kept;
        }

        var insert = scan - backward - (_done + forward);
        _steps.Add((forward, insert, position - backward - (_oldStart + forward)));
        _done = scan - backward;
        _oldStart = position - backward;
    }

    private static void Subtract(ReadOnlySpan<byte> minuend, ReadOnlySpan<byte> subtrahend, Span<byte> difference)
    {
        var i = 0;
        for (; i + Vector<byte>.Count <= minuend.Length; i += Vector<byte>.Count)
            (new Vector<byte>(minuend[i..]) - new Vector<byte>(subtrahend[i..])).CopyTo(difference[i..]);
        for (; i < minuend.Length; i++) difference[i] = (byte)(minuend[i] - subtrahend[i]);
    }

    private int Forward(int scan)
    {
        int agreed = 0, best = 0, length = 0;
        var limit = Math.Min(scan - _done, old.Length - _oldStart);
        for (var i = 0; i < limit;)
        {
            if (old[_oldStart + i] == target[_done + i]) agreed++;
            i++;
            if (agreed * 2 - i <= best * 2 - length) continue;
            best = agreed;
            length = i;
        }

        return length;
    }

    private int Backward(int scan, int position)
    {
        int agreed = 0, best = 0, length = 0;
        var limit = Math.Min(scan - _done, position);
        for (var i = 1; i <= limit; i++)
        {
            if (old[position - i] == target[scan - i]) agreed++;
            if (agreed * 2 - i <= best * 2 - length) continue;
            best = agreed;
            length = i;
        }

        return length;
    }

    /// <summary>How much of the overlap the first stretch keeps so that most bytes agree.</summary>
    private int SplitOverlap(int forward, int scan, int position, int backward, int overlap)
    {
        int balance = 0, best = 0, kept = 0;
        for (var i = 0; i < overlap; i++)
        {
            if (target[_done + forward - overlap + i] == old[_oldStart + forward - overlap + i]) balance++;
            if (target[scan - backward + i] == old[position - backward + i]) balance--;
            if (balance <= best) continue;
            best = balance;
            kept = i + 1;
        }

        return kept;
    }
}

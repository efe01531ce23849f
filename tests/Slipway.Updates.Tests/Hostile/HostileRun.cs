using Slipway.Content;

namespace Slipway.Updates.Tests;

/// <summary>Feeds damaged inputs to one reader. What is refused for a new reason becomes a sample of its own, so that later
/// damage gets further in. The same seed gives the same inputs.</summary>
internal sealed class HostileRun(string name, HostileReader reader, int seed)
{
    private const int MaxSamples = 300;
    private const long MaxAllocatedBytes = 64 << 20;

    private readonly List<byte[]> _samples = [.. reader.Samples];
    private readonly HashSet<string> _reasons = new(StringComparer.Ordinal);
    private readonly Mutator _mutator = new(seed);

    public long Accepted { get; private set; }

    public long Refused { get; private set; }

    /// <summary>Null, or what went wrong and how to keep the input that did it.</summary>
    public string? Feed(int count)
    {
        for (var run = 0; run < count; run++)
        {
            var input = _mutator.Next(_samples[_mutator.Random.Next(_samples.Count)]);
            if (reader.Mend is not null && _mutator.Random.Next(4) > 0) input = reader.Mend(input, _mutator.Random);
            if (Wrong(input) is { } wrong)
                return $"{name}, seed {seed}, run {run}: {wrong}\nkeep it: echo {Convert.ToBase64String(input)} | base64 -d > tests/testdata/hostile/{name}-WHAT";
        }
        return null;
    }

    private string? Wrong(byte[] input)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            reader.Read(input);
            Accepted++;
        }
        catch (SlipwayException error)
        {
            Refused++;
            var reason = ReasonOf(error.Message);
            if (_samples.Count < MaxSamples && _reasons.Add(reason)) _samples.Add(input);
        }
        catch (Exception error)
        {
            return error.ToString();
        }
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        return allocated > MaxAllocatedBytes ? $"{input.Length} bytes of input took {allocated} bytes of memory" : null;
    }

    /// <summary>The message without what changes from input to input.</summary>
    private static string ReasonOf(string message)
    {
        Span<char> kept = stackalloc char[80];
        var length = 0;
        foreach (var c in message)
            if (c is >= 'a' and <= 'z' or ' ' && length < kept.Length) kept[length++] = c;
        return new string(kept[..length]);
    }
}

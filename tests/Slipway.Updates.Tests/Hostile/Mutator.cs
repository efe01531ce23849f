namespace Slipway.Updates.Tests;

/// <summary>Makes damaged and malicious variants of a valid file; the same seed gives the same variants.</summary>
internal sealed class Mutator(int seed)
{
    private static readonly byte[] Sharp = [0, 1, 9, 10, 32, 45, 47, 48, 57, 127, 128, 255];
    private readonly Random _random = new(seed);

    public byte[] Next(byte[] valid)
    {
        var bytes = new List<byte>(valid);
        for (var changes = 1 + _random.Next(4); changes > 0 && bytes.Count > 0; changes--)
        {
            Change(bytes);
        }
        return [.. bytes];
    }

    private void Change(List<byte> bytes)
    {
        var at = _random.Next(bytes.Count);
        var length = Math.Min(1 + _random.Next(_random.Next(10) == 0 ? 600 : 12), bytes.Count - at);
        switch (_random.Next(8))
        {
            case 0: bytes[at] ^= (byte)(1 << _random.Next(8)); break;
            case 1: bytes[at] = Sharp[_random.Next(Sharp.Length)]; break;
            case 2: bytes.RemoveRange(at, length); break;
            case 3: bytes.InsertRange(at, bytes.GetRange(_random.Next(bytes.Count - length + 1), length)); break;
            case 4: bytes.RemoveRange(at, bytes.Count - at); break;
            case 5: bytes.InsertRange(at, "99999999999999999999"u8.ToArray()); break;
            case 6: for (var i = at; i < at + length; i++) { bytes[i] = 255; } break;
            default: for (var i = at; i < at + length; i++) { bytes[i] = (byte)_random.Next(256); } break;
        }
    }
}

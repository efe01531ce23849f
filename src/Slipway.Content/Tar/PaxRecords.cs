using System.Buffers.Text;
using System.Text;

namespace Slipway.Content;

/// <summary>The records of a pax extended header: `length key=value\n`, the length counting itself.</summary>
internal static class PaxRecords
{
    internal static void Read(ReadOnlySpan<byte> content, Dictionary<string, byte[]> into)
    {
        while (!content.IsEmpty)
        {
            if (!Utf8Parser.TryParse(content, out int length, out var digits)
                || length <= digits + 1 || length > content.Length || content[digits] != ' ' || content[length - 1] != '\n')
                throw new TarException("a pax header holds a record whose length is wrong");
            var record = content[(digits + 1)..(length - 1)];
            var equals = record.IndexOf((byte)'=');
            if (equals <= 0) throw new TarException("a pax header holds a record without a key");
            into[Encoding.UTF8.GetString(record[..equals])] = record[(equals + 1)..].ToArray();
            content = content[length..];
        }
    }

    internal static void Write(Stream into, string key, ReadOnlySpan<byte> value)
    {
        var keyBytes = Encoding.UTF8.GetBytes(key);
        var rest = keyBytes.Length + value.Length + 3;
        var length = rest + 1;
        while (rest + Digits(length) != length) length = rest + Digits(length);
        into.Write(Encoding.ASCII.GetBytes($"{length} "));
        into.Write(keyBytes);
        into.WriteByte((byte)'=');
        into.Write(value);
        into.WriteByte((byte)'\n');
    }

    private static int Digits(int number) => number.ToString((IFormatProvider?)null).Length;
}

using System.Globalization;
using System.Text;

namespace Slipway.Packages.Debian;

/// <summary>One member of an ar archive.</summary>
internal sealed record ArMember(string Name, long Start, long Length);

/// <summary>The outer container of a deb (deb(5), ar(5)): a magic line, then members of a 60-byte head and content padded to two bytes.</summary>
internal static class ArFile
{
    private const int HeadLength = 60;
    private const int MaxMembers = 64;

    public static IReadOnlyList<ArMember> Members(Stream file)
    {
        file.Position = 0;
        if (!BoundedRead.Exactly(file, 8, "the ar magic").AsSpan().SequenceEqual("!<arch>\n"u8)) throw new PackageFormatException("it does not begin like a deb (`!<arch>`)");
        var members = new List<ArMember>();
        for (long at = 8; at + HeadLength <= file.Length;)
        {
            if (members.Count == MaxMembers) throw new PackageFormatException($"it has more than {MaxMembers} ar members");
            file.Position = at;
            var head = BoundedRead.Exactly(file, HeadLength, "an ar head");
            if (head[58] != '`' || head[59] != '\n') throw new PackageFormatException($"the ar head at offset {at} does not end as one");
            var name = Encoding.Latin1.GetString(head, 0, 16).TrimEnd(' ', '/');
            var digits = Encoding.Latin1.GetString(head, 48, 10).TrimEnd(' ');
            if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var length))
                throw new PackageFormatException($"the size of the ar member `{name}` is no number");
            if (length > file.Length - at - HeadLength) throw new PackageFormatException($"the ar member `{name}` says it has {length} bytes, more than the file has left");
            members.Add(new ArMember(name, at + HeadLength, length));
            at += HeadLength + length + (length & 1);
        }
        return members;
    }
}

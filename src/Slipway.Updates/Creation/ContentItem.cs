using Slipway.Content;

namespace Slipway.Updates;

/// <summary>A file, directory or link that a hash stands for, wherever its bytes are.</summary>
internal sealed record ContentItem(
    SwupdHash Hash, NodeType Type, uint Mode, uint Uid, uint Gid, long Size, BytePath Target, Func<Stream> Open)
{
    private const int LinkMode = 511; // 0777, what every link has

    /// <summary>The head of a tar member of this item. Owner names stay empty and the time 0: neither is hashed, and a name that
    /// means another number on the device would break the hash (format 1.8).</summary>
    public TarEntry ToTarEntry(string name) => new()
    {
        Name = BytePath.From(name),
        Type = Type,
        Mode = Type == NodeType.Symlink ? LinkMode : (int)Mode,
        Uid = Uid,
        Gid = Gid,
        Size = Type == NodeType.Regular ? Size : 0,
        LinkTarget = Target,
    };

    /// <summary>What its member of a tar takes, under any name that update content gives it.</summary>
    public long TarBytes => TarWriter.SizeOf(ToTarEntry(Hash.ToString()));

    /// <summary>Looks at the first bytes of the content.</summary>
    public ContentShape Shape()
    {
        if (Type != NodeType.Regular || Size < ContentShapes.LeastBytes) return ContentShape.Other;
        Span<byte> head = stackalloc byte[ContentShapes.HeadBytes];
        using var content = Open();
        return ContentShapes.Of(head[..content.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)]);
    }

    public byte[] ReadAll()
    {
        using var content = Open();
        var bytes = new byte[Size];
        content.ReadExactly(bytes);
        return content.ReadByte() < 0 ? bytes : throw new InvalidContentException(Hash.ToString(), "content", "it is longer than announced");
    }

    /// <summary>Reads the content and refuses it when it is not what the hash says.</summary>
    public byte[] ReadVerified()
    {
        var bytes = ReadAll();
        return SwupdHash.OfFile(Mode, Uid, Gid, bytes) == Hash
            ? bytes
            : throw new InvalidContentException(Hash.ToString(), "content", "its hash is another one");
    }
}

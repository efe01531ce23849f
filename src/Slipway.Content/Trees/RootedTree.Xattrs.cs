using System.Text;
using Slipway.Content.Native;

namespace Slipway.Content;

public sealed unsafe partial class RootedTree
{
    private const int MaxXattrBytes = 1 << 16;

    /// <summary>The value of an extended attribute of the node itself; null when it has none of that name.</summary>
    public byte[]? GetXattr(BytePath path, string attribute)
    {
        using var at = At(path, "read attribute of");
        var value = new byte[MaxXattrBytes];
        fixed (byte* target = ThroughDirectory(at), name = Terminated(BytePath.From(attribute)), buffer = value)
        {
            var length = Libc.LGetXattr(target, name, buffer, MaxXattrBytes);
            if (length >= 0) return value[..(int)length];
        }

        return Errnos.Last is Errno.ENODATA or Errno.ENOTSUP ? null : throw Failure($"read attribute {attribute} of", path);
    }

    /// <summary>Sets an extended attribute of the node itself.</summary>
    public void SetXattr(BytePath path, string attribute, ReadOnlySpan<byte> value)
    {
        using var at = At(path, "set attribute of");
        fixed (byte* target = ThroughDirectory(at), name = Terminated(BytePath.From(attribute)), content = value)
        {
            if (Libc.LSetXattr(target, name, content, (nuint)value.Length, 0) != 0) throw Failure($"set attribute {attribute} of", path);
        }
    }

    /// <summary>The extended attributes of the node itself, by name in ordinal order; none where the file system has none.</summary>
    public IReadOnlyDictionary<string, byte[]> GetXattrs(BytePath path)
    {
        var found = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var name in ListXattrs(path))
            if (GetXattr(path, name) is { } value) found[name] = value;
        return found;
    }

    private string[] ListXattrs(BytePath path)
    {
        using var at = At(path, "list attributes of");
        var list = new byte[MaxXattrBytes];
        fixed (byte* target = ThroughDirectory(at), buffer = list)
        {
            var length = Libc.LListXattr(target, buffer, MaxXattrBytes);
            if (length >= 0)
                return Encoding.UTF8.GetString(list, 0, (int)length).Split('\0', StringSplitOptions.RemoveEmptyEntries);
        }

        return Errnos.Last == Errno.ENOTSUP ? [] : throw Failure("list attributes of", path);
    }

    /// <summary>No *at form of the calls exists before Linux 6.13; the directory's own descriptor in /proc leads to the same place.</summary>
    private static byte[] ThroughDirectory(Location at)
    {
        var directory = Encoding.ASCII.GetBytes($"/proc/self/fd/{at.Directory}/");
        return [.. directory, .. at.Name];
    }
}

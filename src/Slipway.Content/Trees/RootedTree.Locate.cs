using Slipway.Content.Native;

namespace Slipway.Content;

public sealed unsafe partial class RootedTree
{
    /// <summary>The directory of a node, held open, and the node's own name there: the two arguments of the *at calls.</summary>
    private sealed class Location(int directory, byte[] name, bool owned) : IDisposable
    {
        public int Directory => directory;

        public byte[] Name => name;

        public void Dispose()
        {
            if (owned) _ = Libc.Close(directory);
        }
    }

    private Location At(BytePath path, string operation) => TryAt(path) ?? throw Failure(operation, path);

    /// <summary>Null when the directory of the path does not exist; the error number is then the last one.</summary>
    private Location? TryAt(BytePath path)
    {
        var relative = path.Relative;
        if (relative.IsEmpty) return new Location(_root, [(byte)'.', 0], owned: false);
        var name = relative.Name;
        // The last component goes to calls that know no root, so there it must be a plain name.
        if (name.Span.SequenceEqual(".."u8) || name.Span.SequenceEqual("."u8))
            throw new SlipwayException($"path {path} in {Directory}", "its last component is not a name");
        var terminated = Terminated(name);
        var parent = relative.Parent;
        if (parent.IsEmpty) return new Location(_root, terminated, owned: false);
        var fd = OpenBelow(parent, Libc.O_PATH | Libc.O_DIRECTORY);
        if (fd >= 0) return new Location(fd, terminated, owned: true);
        return Errnos.IsAbsent() ? null : throw Failure("open directory", parent);
    }
}
